import { createRequire } from 'node:module'
import util from 'node:util'

// TensorFlow's sums depend on how many threads share them: a constant number gives equal results on machines
// with any number of cores. One, since the networks of an ensemble are fitted side by side, each with its own; with two
// for each, three networks on two cores took 1.4 times as long. It reads these once, when its library is loaded.
process.env['TF_NUM_INTRAOP_THREADS'] = '1'
process.env['TF_NUM_INTEROP_THREADS'] = '1'
process.env['OMP_NUM_THREADS'] = '1'
process.env['TF_CPP_MIN_LOG_LEVEL'] = '2'

// tfjs-node 4.22 calls a function that Node 23 removed.
if (!('isNullOrUndefined' in util))
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined })

/** tfjs-node on TensorFlow's own library. Importing this module loads it: some 400 MB. */
export const tf: typeof import('@tensorflow/tfjs-node') = createRequire(import.meta.url)(
  '@tensorflow/tfjs-node',
)

/** A tensor that is on the CPU. */
export type Tensor = import('@tensorflow/tfjs-node').Tensor
/** A tensor whose values training changes. */
export type Variable = import('@tensorflow/tfjs-node').Variable
