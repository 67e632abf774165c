import { z } from 'zod'
import { inNfc } from '../normal-form.ts'
import { ColumnType } from './table.ts'

/** An input column of a model, as clients have to send it. */
export const InputColumn = z.object({ name: z.string(), type: ColumnType })
export type InputColumn = z.infer<typeof InputColumn>

/** What clients send to the version in production. */
export interface InputContract {
  version: number
  /** Undefined if nobody knows any more. */
  inputs: readonly InputColumn[] | undefined
  /** The classes that it answers. Default: it is a regression, or nobody knows. */
  classes?: readonly string[] | undefined
}

/** An input that clients have to send otherwise than before. */
export interface InputChange {
  name: string
  /** Type before; null: the model did not take the column. */
  before: ColumnType | null
  /** Type after; null: the model no longer takes the column. */
  after: ColumnType | null
}

/**
 * Returns the inputs for which a model refuses requests that another one answers. A text and a category are sent alike,
 * except that the only input of a model may be sent as `text` as long as it is a text.
 */
export function inputChanges(before: readonly InputColumn[], after: readonly InputColumn[]): InputChange[] {
  const types = new Map(after.map(({ name, type }) => [inNfc(name), type]))
  const known = new Set(before.map(({ name }) => inNfc(name)))
  const changed = before.flatMap(({ name, type }) => {
    const now = types.get(inNfc(name)) ?? null
    return now !== null && isSentAlike(type, now, before.length === 1)
      ? []
      : [{ name, before: type, after: now }]
  })
  const added = after.filter(({ name }) => !known.has(inNfc(name)))
  return [...changed, ...added.map(({ name, type }) => ({ name, before: null, after: type }))]
}

function isSentAlike(before: ColumnType, after: ColumnType, isOnly: boolean): boolean {
  if (before === after || (before === 'category' && after === 'text')) return true
  return before === 'text' && after === 'category' && !isOnly
}

/**
 * Returns a sentence, without its full stop, about a change of inputs.
 * @param version number of the version that takes the inputs as they were before
 */
export function inputChangeText({ name, before, after }: InputChange, version: number): string {
  const column = `The column ${JSON.stringify(name)}`
  if (before === null)
    return `${column} would be a new input (${after}) that version ${version} does not take`
  if (after === null)
    return `${column} would no longer be an input, and version ${version} takes it (${before})`
  return `${column} would be read as a ${after}, and version ${version} takes a ${before}`
}
