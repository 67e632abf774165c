import { z } from 'zod'

/*
 * Pretrained vectors of words beside the terms of texts: what a word is like is known before any row has it. A set of
 * vectors is a file of the machine (models/vector-sets.ts), and a recipe names it.
 */

/** The value of a recipe that has no vectors beside its terms. */
export const NO_VECTORS = 'none'
/** The value of a recipe that lets cross-validation choose whether it has vectors. */
export const AUTO_VECTORS = 'auto'
/** The command that installs the set that the project knows. */
export const VECTORS_COMMAND = 'npm run setup -- --vectors'
/** Most numbers of one vector. */
const MOST_DIMENSIONS = 1_000

/** Pattern of the name of a set of vectors: it ends with the number of its dimensions. */
export const VECTOR_SET_NAME = /^[a-z][a-z0-9]{0,40}(?:-[a-z0-9]{1,20}){0,3}-[1-9]\d{0,3}$/

/** The vectors of a recipe: the name of a set, or none. */
export const VectorsOption = z
  .string()
  .max(128)
  .refine((name) => name === NO_VECTORS || isSetName(name), {
    error: 'Use "none", or the name of an installed set of vectors, such as "glove-100".',
  })

/** The same as a client writes it. */
export const VectorsInput = z
  .string()
  .max(128)
  .refine((name) => name === NO_VECTORS || name === AUTO_VECTORS || isSetName(name), {
    error: 'Use "auto", "none", or the name of an installed set of vectors, such as "glove-100".',
  })

/** Returns whether a text can be the name of a set of vectors. */
export function isSetName(name: string): boolean {
  return VECTOR_SET_NAME.test(name) && dimensionsIn(name) <= MOST_DIMENSIONS
}

/** Returns the length of a set's vectors, which its name ends with; 0 for none. */
export function vectorDimensions({ vectors }: { vectors: string }): number {
  return vectors === NO_VECTORS ? 0 : dimensionsIn(vectors)
}

function dimensionsIn(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1))
}
