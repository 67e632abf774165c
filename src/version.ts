import { createRequire } from 'node:module'
import { z } from 'zod'

const manifest = z
  .object({ version: z.string(), dependencies: z.record(z.string(), z.string()) })
  .parse(createRequire(import.meta.url)('../package.json'))

/** This project's version. */
export const VERSION = manifest.version

/** Version of the TensorFlow library that set-up downloads. Only training processes load it. */
export const TENSORFLOW_VERSION = '2.21.0'

/** Versions of everything that affects the result of training a recipe. */
export const ENGINE = {
  fitserve: VERSION,
  node: process.versions.node,
  tfjsNode: manifest.dependencies['@tensorflow/tfjs-node'] ?? 'unknown',
  tensorflow: TENSORFLOW_VERSION,
}
