import { z } from 'zod'
import { compareCodePoints } from '../../code-points.ts'
import { listQuoted } from '../../errors.ts'
import { classLookup, inNfc, nfcLookup } from '../../normal-form.ts'
import type { Cell } from '../../recipe/table.ts'
import { booleanOfText, isEmptyText } from './cell-texts.ts'
import {
  type ColumnEncoder,
  type ColumnFitter,
  type ColumnKind,
  GAP_REFUSED,
  kindOf,
} from './column-encoder.ts'
import type { SparseRow } from './sparse-row.ts'

/** A fitted column of categories or booleans, as it is kept in `encoder.json`. */
export const CategoryState = z.object({
  kind: z.literal('category'),
  valueType: z.enum(['string', 'boolean']),
  /** The training rows' values in the order of their inputs. */
  values: z.array(z.string()),
  /** True if a further input tells that the value is missing: if training rows had gaps. */
  indicator: z.boolean(),
  refuseGaps: z.boolean(),
  /** True if a value that no training row has is refused. Otherwise such a value sets no input. */
  refuseUnseen: z.boolean(),
  /** True if spellings that differ in case, spaces or the form of their characters are one value. Absent: they are not. */
  merged: z.literal(true).optional(),
})
export type CategoryState = z.infer<typeof CategoryState>

/**
 * Returns a fitter that learns the values of a column, ordered by code point.
 * @param options.merged the column has one spelling of each value, and others are read as that one @default false
 */
export function categoryFitter(options: {
  valueType: 'string' | 'boolean'
  refuseGaps: boolean
  refuseUnseen: boolean
  merged?: boolean
}): ColumnFitter<CategoryState> {
  const { merged, ...kept } = options
  const seen = new Set<string>()
  let gaps = 0
  return {
    add(value) {
      if (value === null) gaps += 1
      else seen.add(inNfc(String(value)))
    },
    finish: () => ({
      kind: 'category',
      ...kept,
      values: [...seen].sort(compareCodePoints),
      indicator: gaps > 0,
      ...(merged && { merged }),
    }),
  }
}

/** Returns the function that reads a value as it stands in a file, where a category may be a number and a boolean a text. */
function cellReader({ valueType }: CategoryState, positionOf: (value: string) => number | undefined) {
  const categoryOf = (sent: unknown): unknown => {
    if (typeof sent === 'number' || typeof sent === 'boolean') return String(sent)
    // A version of an earlier release may have learnt the empty text as a category.
    return typeof sent === 'string' && isEmptyText(sent) && positionOf(sent) === undefined ? null : sent
  }
  const booleanOf = (sent: unknown) => (typeof sent === 'string' ? booleanOfText(sent) : sent)
  return valueType === 'boolean' ? booleanOf : categoryOf
}

function positions({ values, merged }: CategoryState): (value: string) => number | undefined {
  const lookup = merged ? classLookup : nfcLookup
  return lookup(values.map((value, position) => [value, position] as const))
}

/** Returns the function that gives a value's position among `values`: null for a gap, −1 if no training row has it. */
export function categoryReader(state: CategoryState): (sent: unknown) => number | null {
  const positionOf = positions(state)
  const cellOf = cellReader(state, positionOf)
  return (sent) => {
    const value = cellOf(sent)
    return value === null ? null : (positionOf(String(value)) ?? -1)
  }
}

/** Returns the one-hot encoder of a fitted column: one input for each value, and none set for an unseen value. */
export function categoryEncoder(state: CategoryState): ColumnEncoder {
  const positionOf = positions(state)
  const cellOf = cellReader(state, positionOf)
  const expected = state.valueType === 'boolean' ? 'true or false' : 'a text'
  return {
    width: state.values.length + (state.indicator ? 1 : 0),
    ...(state.indicator ? { indicator: state.values.length } : {}),
    memoryBytes: state.values.length * 80,
    fault: (sent) => {
      const value = cellOf(sent)
      if (value === null) return state.refuseGaps ? GAP_REFUSED : undefined
      if (typeof value !== state.valueType) return `Expected ${expected}, got ${kindOf(sent)}.`
      if (!state.refuseUnseen || positionOf(String(value)) !== undefined) return undefined
      return `No training row has this value, and the recipe refuses unseen values. Known: ${listQuoted(state.values)}.`
    },
    unlearnt(sent) {
      const value = cellOf(sent)
      if (value === null || positionOf(String(value)) !== undefined) return undefined
      return { code: 'unknown-category', message: 'No training row has this value.' }
    },
    gap: (sent) =>
      cellOf(sent) === null ? 'The value is missing. It counts as none of the known ones.' : undefined,
    encode(sent: Cell, base: number, into: SparseRow): void {
      const value = cellOf(sent)
      if (value === null) {
        if (state.indicator) into.add(base + state.values.length, 1)
        return
      }
      const position = positionOf(String(value))
      if (position !== undefined) into.add(base + position, 1)
    },
  }
}

/** Categories and booleans, one input for each value. */
export const category: ColumnKind<CategoryState, null> = { longKeys: [], encoder: categoryEncoder }
