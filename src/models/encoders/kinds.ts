import { z } from 'zod'
import type { CompleteRecipe } from '../../recipe/index.ts'
import type { ColumnType, DateType } from '../../recipe/table.ts'
import { BagState, type BagTables, bag } from './bag.ts'
import { CategoryState, category, categoryFitter } from './category.ts'
import type { ColumnFitter, ColumnKind } from './column-encoder.ts'
import { DateState, date, dateFitter } from './date.ts'
import { NumberState, number, numberFitter } from './number.ts'
import { SequenceState, type SequenceTables, sequence } from './sequence.ts'
import type { TextKind } from './text.ts'
import type { WordVectors } from './word-vectors.ts'

/*
 * The lists of encoders. A new text encoder has its state in `ColumnState`, its tables in `ColumnTables`, and its
 * object in `COLUMN_KINDS` (by what it keeps) and in `TEXT_KINDS` (by the names that a recipe has for it). Once its
 * state and the recipe's schema are there, the compiler names every list in which it is missing.
 */

/** A fitted column, as it is kept in `encoder.json`. */
export const ColumnState = z.discriminatedUnion('kind', [
  BagState,
  SequenceState,
  ...NumberState.options,
  CategoryState,
  DateState,
])
export type ColumnState = z.infer<typeof ColumnState>

/** Tables read from a fitted column's long texts; null for a column without any. */
export type ColumnTables = BagTables | SequenceTables | null

/** The object that reads and uses each kind of fitted column. */
const COLUMN_KINDS = {
  text: bag,
  sequence,
  number,
  quantile: number,
  piecewiseLinear: number,
  category,
  date,
} satisfies Record<ColumnState['kind'], ColumnKind<ColumnState, ColumnTables>>

/** The object that fits each text encoder of a recipe. */
const TEXT_KINDS = {
  multiHot: bag,
  count: bag,
  tfIdf: bag,
  sequence,
} satisfies {
  readonly [Type in Encoder['type']]: TextKind<Encoder & { type: Type }, ColumnState, ColumnTables>
}

type Encoder = NonNullable<CompleteRecipe['encoder']>

/** Keys in `encoder.json` whose values may be long texts, of all kinds. */
export const LONG_KEYS: ReadonlySet<string> = new Set(
  Object.values(COLUMN_KINDS).flatMap(({ longKeys }) => longKeys),
)

/** Returns the kind of a fitted column. */
export function kindOfColumn({ kind }: Pick<ColumnState, 'kind'>): ColumnKind<ColumnState, ColumnTables> {
  return COLUMN_KINDS[kind]
}

/** Returns the kind of a recipe's text encoder. */
export function kindOfText({ type }: Pick<Encoder, 'type'>): TextKind<Encoder, ColumnState, ColumnTables> {
  return TEXT_KINDS[type]
}

/** A recipe's options for one column. */
interface ColumnRecipe {
  readonly recipe: CompleteRecipe
  readonly options: NonNullable<CompleteRecipe['columns'][string]>
  readonly missing: CompleteRecipe['missing']
  readonly refuseGaps: boolean
  /** The form of a column of dates. */
  readonly format: string | undefined
  /** The recipe's word vectors; null: it has none. */
  readonly vectors: WordVectors | null
}

/** The fitter of each type of column. */
const FITTERS: Record<ColumnType, (column: ColumnRecipe) => ColumnFitter<ColumnState>> = {
  text({ recipe, refuseGaps, vectors }) {
    if (!recipe.encoder) throw new RangeError('a text column without a text encoder')
    return kindOfText(recipe.encoder).fitter(recipe.encoder, refuseGaps, vectors)
  },
  number: ({ recipe, options, missing }) =>
    numberFitter({
      scaling: options.scaling ?? recipe.scaling,
      missing,
      bins: options.bins ?? recipe.bins,
      outside: recipe.outside,
    }),
  date: (column) => fitterOfDates('date', column),
  datetime: (column) => fitterOfDates('datetime', column),
  category: ({ recipe, options, refuseGaps }) =>
    categoryFitter({
      valueType: 'string',
      refuseGaps,
      refuseUnseen: options.unseen === 'refuse',
      merged: recipe.mergeClasses,
    }),
  list() {
    throw new RangeError('a list as an input')
  },
  boolean: ({ refuseGaps }) => categoryFitter({ valueType: 'boolean', refuseGaps, refuseUnseen: false }),
}

function fitterOfDates(type: DateType, { recipe, options, missing, format }: ColumnRecipe) {
  const { scaling = recipe.scaling, bins = recipe.bins } = options
  return dateFitter({ type, format, scaling, missing, bins, outside: recipe.outside })
}

/**
 * Returns a fitter for one input column of a recipe.
 * @param format the form of a column of dates
 * @param vectors the recipe's word vectors. Default: it has none
 */
export function columnFitter(
  name: string,
  type: ColumnType,
  recipe: CompleteRecipe,
  format?: string,
  vectors: WordVectors | null = null,
): ColumnFitter<ColumnState> {
  const options = Object.hasOwn(recipe.columns, name) ? (recipe.columns[name] ?? {}) : {}
  const missing = options.missing ?? recipe.missing
  return FITTERS[type]({ recipe, options, missing, refuseGaps: missing === 'refuse', format, vectors })
}
