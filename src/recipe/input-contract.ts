import { z } from 'zod'
import { ISO_DATE } from '../dates.ts'
import { inNfc } from '../normal-form.ts'
import { ColumnType, readingOf } from './table.ts'

/** An input column of a model, as clients have to send it. */
export const InputColumn = z.object({
  name: z.string(),
  type: ColumnType,
  /** The form of dates that is taken beside ISO 8601. Absent: the column holds none. */
  format: z.string().optional(),
})
export type InputColumn = z.infer<typeof InputColumn>

/** Returns a column as an input that clients have to send. */
export function inputColumn({ name, type, format }: InputColumn): InputColumn {
  return format === undefined ? { name, type } : { name, type, format }
}

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
  /** The forms of dates before and after, if only they differ. */
  formats?: { before: string; after: string }
}

/**
 * Returns the inputs for which a model refuses requests that another one answers. A text and a category are sent alike,
 * except that the only input of a model may be sent as `text` as long as it is a text; and so are a date and a datetime of
 * the same form.
 */
export function inputChanges(before: readonly InputColumn[], after: readonly InputColumn[]): InputChange[] {
  const columns = new Map(after.map((column) => [inNfc(column.name), column]))
  const known = new Set(before.map(({ name }) => inNfc(name)))
  const changed = before.flatMap((column): InputChange[] => {
    const { name, type } = column
    const now = columns.get(inNfc(name))
    if (!now || !isSentAlike(type, now.type, before.length === 1))
      return [{ name, before: type, after: now?.type ?? null }]
    const formats = otherForms(column, now)
    return formats ? [{ name, before: type, after: now.type, formats }] : []
  })
  const added = after.filter(({ name }) => !known.has(inNfc(name)))
  return [...changed, ...added.map(({ name, type }) => ({ name, before: null, after: type }))]
}

/** Returns the forms of dates of which a client may send the first and no longer can; undefined if there are none. */
function otherForms({ format: before }: InputColumn, { format: after }: InputColumn): InputChange['formats'] {
  if (before === undefined || after === undefined || before === after || before === ISO_DATE) return undefined
  return { before, after }
}

function isSentAlike(before: ColumnType, after: ColumnType, isOnly: boolean): boolean {
  if (before === after || (before === 'category' && after === 'text')) return true
  if (readingOf(before) === 'date') return readingOf(after) === 'date'
  return before === 'text' && after === 'category' && !isOnly
}

/**
 * Returns a sentence, without its full stop, about a change of inputs.
 * @param version number of the version that takes the inputs as they were before
 */
export function inputChangeText({ name, before, after, formats }: InputChange, version: number): string {
  const column = `The column ${JSON.stringify(name)}`
  if (formats)
    return `${column} has dates of the form ${formats.after}, and version ${version} takes ${formats.before}`
  if (before === null)
    return `${column} would be a new input (${after}) that version ${version} does not take`
  if (after === null)
    return `${column} would no longer be an input, and version ${version} takes it (${before})`
  return `${column} would be read as a ${after}, and version ${version} takes a ${before}`
}
