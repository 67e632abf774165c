import { createRequire } from 'node:module'
import { z } from 'zod'

const manifest = z
  .object({ version: z.string(), dependencies: z.record(z.string(), z.string()) })
  .parse(createRequire(import.meta.url)('../package.json'))

/** This project's version. */
export const VERSION = manifest.version

/** Of the library that set-up fetches; TensorFlow itself is loaded by training processes only. */
export const TENSORFLOW_VERSION = '2.21.0'

/** Versions of everything that decides what a recipe trains to. */
export const ENGINE = {
  fitserve: VERSION,
  node: process.versions.node,
  tfjsNode: manifest.dependencies['@tensorflow/tfjs-node'] ?? 'unknown',
  tensorflow: TENSORFLOW_VERSION,
}
