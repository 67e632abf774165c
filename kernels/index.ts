// The arithmetic of the typed engine (src/training/typed) and of predictions (src/models), and the reading of words
// (src/models/encoders) and of CSV and numbers (src/datasets/reader), in AssemblyScript, compiled to WebAssembly with its
// vector instructions: four 32-bit numbers at once, rounded alike on every machine. Trees have a program of their own,
// trees.ts.
//
// Memory: the caller lays it out and passes addresses in bytes (src/runtime/kernel-memory.ts, `MemoryLayout`); nothing is
// allocated here. A matrix is row-major, its numbers are 32-bit floats unless a comment says otherwise, and "numbers" is a
// count of them, while lengths and strides are in bytes.
//
// Tests: test/training/arithmetic.test.ts compares training runs to the bit with results that were kept, engines.test.ts
// with TensorFlow and test/training/keras.test.ts with Keras. test/models/network
// and test/models/encoders/words compare the rest with the same work in JavaScript.

export { activate, multiply, timesDerivative } from './activations'
export { lookAtCsv, startCsv } from './csv'
export { spreadBelow, sumBelow } from './curves'
export { addTrees } from './forest'
export { addRuns, sumDense, sumRows } from './forward'
export { endOfText } from './json'
export { addHashes, addNumbers, countDifferent, endHashes, startHashes, startNumbers } from './numbers'
export { readNumberRows } from './number-rows'
export { addAllRows, addInputGradients, addLayerGradients, gradientOfInputs, sumInputs, sumLayer } from './products'
export { countTerms, listTerms, sumTerms } from './terms'
export { adagrad, adam, collectSpans, rmsprop, rmspropMomentum, sgd, sgdMomentum } from './updates'
export { placesOfWords, readWords } from './words'

/** Returns the address from which memory is free: before it are the tables of Mathf. */
export function memoryStart(): usize {
  return __heap_base
}
