import { z } from 'zod'
import { listQuoted } from '../errors.ts'
import type { ChosenColumns } from './columns.ts'
import { kindOfEncoder } from './encoders/index.ts'
import type { AddProblem } from './problems.ts'
import type { CompleteRecipe } from './schema.ts'

/*
 * Pretrained vectors of words beside the terms of texts: what a word is like is known before any row has it. A set of
 * vectors is a file of the machine (models/vectors/set-file.ts), and a recipe names it.
 */

/** The value of a recipe that has no vectors beside its terms. */
export const NO_VECTORS = 'none'
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

/** Returns whether a text can be the name of a set of vectors. */
export function isSetName(name: string): boolean {
  return VECTOR_SET_NAME.test(name) && dimensionsIn(name) <= MOST_DIMENSIONS
}

/** Returns the length of a set's vectors, which its name ends with; 0 for none. */
export function vectorDimensions({ vectors }: Pick<CompleteRecipe, 'vectors'>): number {
  return vectors === NO_VECTORS ? 0 : dimensionsIn(vectors)
}

function dimensionsIn(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1))
}

/**
 * Checks that the vectors of a recipe are installed, and that its texts have terms which they can stand beside.
 * @param installed names of the sets that are installed
 */
export function checkVectors(
  { vectors, encoder }: CompleteRecipe,
  { inputs }: ChosenColumns,
  installed: readonly string[],
  problem: AddProblem,
): void {
  if (vectors === NO_VECTORS) return
  if (!inputs.some(({ type }) => type === 'text'))
    problem('/vectors', 'No input column is a text, so there are no words that have vectors. Remove it.')
  else if (!installed.includes(vectors)) problem('/vectors', notInstalled(vectors, installed))
  if (!encoder) return
  const { vectorsFault } = kindOfEncoder(encoder)
  const fault = vectorsFault ? vectorsFault(encoder) : withoutTerms(encoder.type)
  if (fault !== undefined) problem('/vectors', fault)
}

function withoutTerms(type: string): string {
  return `Vectors stand beside terms, and the encoder "${type}" has none. Use "multiHot", "count" or "tfIdf", or set vectors to "none".`
}

function notInstalled(name: string, installed: readonly string[]): string {
  const there =
    installed.length > 0 ? `Installed ${installed.length === 1 ? 'is' : 'are'} ${listQuoted(installed)}.` : ''
  return `The vectors "${name}" are not installed on this machine. Install glove-100 with: ${VECTORS_COMMAND}. ${there}`.trim()
}
