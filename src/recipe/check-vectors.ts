import { listQuoted } from '../errors.ts'
import type { ChosenColumns } from './columns.ts'
import { kindOfEncoder } from './encoders/index.ts'
import type { AddProblem } from './problems.ts'
import type { CompleteRecipe } from './schema.ts'
import { NO_VECTORS, VECTORS_COMMAND } from './vectors.ts'

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
