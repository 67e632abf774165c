// A process of its own that loads TensorFlow and computes something with it.
import { createRequire } from 'node:module'
import util from 'node:util'

// Node 23 removed a function that tfjs-node calls.
util.isNullOrUndefined ??= (value) => value === null || value === undefined
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node')
const [answer] = tf.matMul([[2, 3]], [[4], [5]]).dataSync()
if (answer !== 23) throw new Error(`TensorFlow says that 2·4 + 3·5 is ${answer}`)
