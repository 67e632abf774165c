// The arithmetic of the typed engine (src/training/typed) and of predictions (src/models), and the reading of words
// (src/models/encoders), in AssemblyScript, compiled to WebAssembly with its vector instructions: four 32-bit numbers at
// once, rounded alike on every machine. Who calls lays out the memory and hands over addresses; nothing is allocated here.

export { activate, multiply, timesDerivative } from './activations'
export { spreadBelow, sumBelow } from './curves'
export { sumRows } from './forward'
export { endOfText } from './json'
export { addAllRows, addInputGradients, addLayerGradients, gradientOfInputs, sumInputs, sumLayer } from './products'
export { adagrad, adam, collectSpans, rmsprop, rmspropMomentum, sgd, sgdMomentum } from './updates'
export { readWords } from './words'

/** Where the engine's part of the memory may begin: before it are tables of Mathf. */
export function memoryStart(): usize {
  return __heap_base
}
