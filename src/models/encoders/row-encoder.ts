import { z } from 'zod'
import { CellRules, type CompleteRecipe, hasTreeMembers } from '../../recipe/index.ts'
import { ColumnType } from '../../recipe/table.ts'
import { atOnce, type Steps } from '../../runtime/steps.ts'
import type { InputShape, SequenceShape } from '../network/network.ts'
import type { Curve } from '../network/weights.ts'
import { Bins, type BinsFitter, binnedEncoder, binsFitter, binsForTrees } from './bins.ts'
import { withCells } from './cells.ts'
import type { ColumnEncoder, InputCell } from './column-encoder.ts'
import { Rotations, type RotationsEncoder, rotationsEncoder, rotationsFitter } from './coordinates.ts'
import { ColumnState, type ColumnTables, columnFitter, kindOfColumn } from './kinds.ts'
import { type LongTexts, NO_LONG_TEXTS } from './long-texts.ts'
import type { SparseRow, SparseRows } from './sparse-row.ts'
import type { WordVectors } from './word-vectors.ts'

/** The fitted inputs of a model, in the order of the recipe. */
export const InputStates = z.array(
  z.object({
    name: z.string(),
    type: ColumnType,
    state: ColumnState,
    /** How its texts are read, as the data set's were. Absent: plainly, as in versions of earlier releases. */
    cells: CellRules.optional(),
    /** Further directions of the place of which the column is the latitude. Absent: it is of none. */
    rotations: Rotations.optional(),
    /** How trees see the column. Absent: the model is a network. */
    bins: Bins.optional(),
    /** True where networks see the column too: its bins then stand behind the inputs of all columns. */
    isShared: z.literal(true).optional(),
  }),
)
export type InputStates = z.infer<typeof InputStates>

/** Learns all inputs from the training rows, one row after the other. */
export interface InputFitter {
  /** Takes the next row. @param cellOf returns the row's value in a column */
  add(cellOf: (name: string) => InputCell): void
  /** Returns what was learnt. */
  finish(): InputStates
}

/**
 * Returns a fitter for every input column of a recipe.
 * @param typeOf returns the type of a column
 * @param cellsOf returns how its texts are read. Default: plainly
 * @param formatOf returns the form of a column of dates. Default: ISO 8601
 * @param vectors the recipe's word vectors; null (default): it has none
 */
export function inputFitter(
  recipe: CompleteRecipe,
  typeOf: (name: string) => ColumnType,
  cellsOf: (name: string) => CellRules | undefined = () => undefined,
  formatOf: (name: string) => string | undefined = () => undefined,
  vectors: WordVectors | null = null,
): InputFitter {
  const fitters = recipe.inputs.map((name) => {
    const type = typeOf(name)
    const fitter = columnFitter(name, type, recipe, formatOf(name), vectors)
    return { name, type, cells: cellsOf(name), fitter, bins: columnBinsFitter(name, recipe) }
  })
  const { coordinates } = recipe
  const rotations = coordinates && rotationsFitter(recipe, coordinates)
  const shared = hasTreeMembers(recipe)
  return {
    add(cellOf) {
      for (const { name, fitter, bins } of fitters) {
        const cell = cellOf(name)
        fitter.add(cell)
        bins?.add(cell)
      }
      if (coordinates) rotations?.add(cellOf(coordinates.longitude), cellOf(coordinates.latitude))
    },
    finish: () =>
      fitters.map(({ name, type, cells, fitter, bins: binsFitter }) => {
        const state = fitter.finish()
        const bins = binsFitter?.finish(state)
        return {
          name,
          type,
          state,
          ...(cells && { cells }),
          ...(rotations && name === coordinates?.latitude && { rotations: rotations.finish() }),
          ...(bins && { bins }),
          ...(bins && shared && { isShared: shared }),
        }
      }),
  }
}

/** Returns the fitter of a column's bins; null where the recipe makes networks only. */
function columnBinsFitter(name: string, recipe: CompleteRecipe): BinsFitter | null {
  const bins = binsForTrees(recipe, name)
  if (bins === null) return null
  const options = Object.hasOwn(recipe.columns, name) ? recipe.columns[name] : undefined
  const missing = options?.missing ?? recipe.missing
  return binsFitter(bins, typeof missing === 'object' ? missing.value : null)
}

/** The tables of the columns, in the order of the inputs. */
export type InputTables = readonly ColumnTables[]

/** Reads the vocabularies of fitted inputs, in steps. @param texts the texts of the states that are still bytes */
export function* inputTables(states: InputStates, texts: LongTexts): Steps<InputTables> {
  const tables: ColumnTables[] = []
  for (const { state } of states) {
    const kind = kindOfColumn(state)
    tables.push(kind.readTables ? yield* kind.readTables(state, texts) : null)
  }
  return tables
}

/**
 * Brings the tables of fitted inputs to where they are used fastest, in steps (see `ColumnKind.openTables`).
 * @param weights by position, where all that a model does with a row is to add its numbers up with these weights
 */
export function* openedTables(
  states: InputStates,
  tables: InputTables,
  weights?: Float32Array,
): Steps<InputTables> {
  // With several columns, no column's sum is all that is needed.
  const own = states.length === 1 ? weights : undefined
  const opened: ColumnTables[] = []
  for (const [index, { state }] of states.entries()) {
    const kind = kindOfColumn(state)
    const each = tables[index] ?? null
    opened.push(each && kind.openTables ? yield* kind.openTables(state, each, own) : each)
  }
  return opened
}

function encoderOf(state: ColumnState, tables: ColumnTables): ColumnEncoder {
  const kind = kindOfColumn(state)
  if (tables?.kind !== (kind.readTables && state.kind))
    throw new RangeError('tables of another kind of column')
  return kind.encoder(state, tables)
}

/** All inputs of a model side by side. */
export interface RowEncoder {
  /**
   * The columns in the order of the recipe; `base` is a column's first position. `bins` are how trees see it, where networks
   * see it too; else null.
   */
  readonly columns: readonly {
    name: string
    type: ColumnType
    encoder: ColumnEncoder
    base: number
    bins: { encoder: ColumnEncoder; base: number } | null
  }[]
  /** Shape of the network's inputs: the numbers of all columns, then the sequences of words. */
  readonly inputs: InputShape
  /** Number of positions of an encoded row. */
  readonly width: number
  /** Memory held, in bytes, roughly. */
  readonly memoryBytes: number
  /** Clears `row` and encodes one row into it. @param cellOf returns the row's value in a column */
  encode(cellOf: (name: string) => InputCell, row: SparseRow): void
}

/**
 * Returns the encoder of fitted inputs. The numbers of each column stand after those of the columns before it, and all
 * sequences of words after all numbers.
 * @param tables the vocabularies if they have been read; the long texts of the states are then not looked at
 */
export function rowEncoder(
  states: InputStates,
  tables: InputTables = atOnce(inputTables(states, NO_LONG_TEXTS)),
): RowEncoder {
  const encoders = states.map((input, index) => {
    const fitted = encoderOf(input.state, tables[index] ?? null)
    return {
      name: input.name,
      type: input.type,
      ...partOf(input, fitted, states, !input.isShared),
      bins: input.isShared ? partOf(input, fitted, states, true) : null,
    }
  })
  let numbers = 0
  for (const { encoder } of encoders) if (!encoder.sequence) numbers += encoder.width
  const sequences: SequenceShape[] = []
  // A network has at least one input, also where no word is frequent enough to get one.
  if (numbers === 0 && !encoders.some(({ encoder }) => encoder.sequence)) numbers = 1
  let nextNumber = 0
  // The bins beside inputs of networks come after all of these.
  let nextBin = numbers
  const binsOf = (part: ColumnPart) => {
    nextBin += part.encoder.width
    return { ...part, base: nextBin - part.encoder.width }
  }
  const shared = encoders.map(({ bins }) => bins && binsOf(bins))
  let nextWord = nextBin
  const columns = encoders.map((column, index) => {
    const bins = shared[index] ?? null
    const { sequence, width } = column.encoder
    if (!sequence) {
      nextNumber += width
      return { ...column, bins, base: nextNumber - width }
    }
    sequences.push({ base: nextWord, ...sequence })
    nextWord += width
    return { ...column, bins, base: nextWord - width }
  })
  // Ids of words come last in a row: the network stops reading numbers there.
  const inOrder = [
    ...columns,
    ...columns.flatMap(({ name, bins }) => (bins ? [{ name, ...bins }] : [])),
  ].sort((a, b) => a.base - b.base)
  const features = [
    ...columns.flatMap(({ encoder }) => encoder.features ?? []),
    ...columns.flatMap(({ bins }) => bins?.encoder.features ?? []),
  ]
  return {
    columns,
    inputs: {
      numbers: nextBin,
      sequences,
      curves: curvesOf(columns),
      ...(features.length > 0 && { features }),
      ...(nextBin > numbers && { firstFeature: numbers }),
    },
    width: nextWord,
    memoryBytes: columns.reduce((sum, column) => sum + column.encoder.memoryBytes, 0),
    encode(cellOf, row) {
      row.clear()
      for (const { name, encoder, base, directions } of inOrder) {
        encoder.encode(cellOf(name), base, row)
        directions?.encode(cellOf(directions.longitude), cellOf(name), base + directions.after, row)
      }
    },
  }
}

/** The encoder of a column with the further directions of a place, as networks or trees see them. */
interface ColumnPart {
  encoder: ColumnEncoder
  directions: (RotationsEncoder & { longitude: string; after: number }) | null
}

/** @param binned whether trees are to see the column, if it has bins */
function partOf(
  { name, type, state, cells, rotations, bins }: InputStates[number],
  fitted: ColumnEncoder,
  states: InputStates,
  binned: boolean,
): ColumnPart {
  const own = bins && binned ? binnedEncoder(fitted, state, bins) : fitted
  const plain = cells ? withCells(own, type, cells) : own
  const rotated = rotations ? rotatedOf(binned ? rotations : withoutBins(rotations), name, states) : null
  // The directions of a place stand after the numbers of its latitude, as a part of this column.
  const encoder = rotated ? { ...plain, ...withDirections(plain, rotated) } : plain
  return { encoder, directions: rotated && { ...rotated, after: plain.width } }
}

function withoutBins(rotations: Rotations): Rotations {
  return { ...rotations, directions: rotations.directions.map(({ bins: _, ...direction }) => direction) }
}

function withDirections(
  { width, features }: ColumnEncoder,
  rotated: RotationsEncoder,
): Pick<ColumnEncoder, 'width' | 'features'> {
  return {
    width: width + rotated.width,
    ...(features && { features: [...features, ...rotated.features] }),
  }
}

/** Returns the encoder of a place's directions. @param latitude the column that they belong to */
function rotatedOf(
  rotations: Rotations,
  latitude: string,
  states: InputStates,
): RotationsEncoder & { longitude: string } {
  const columnOf = (wanted: string) => {
    const column = states.find(({ name }) => name === wanted)
    if (!column || !('fill' in column.state)) throw new RangeError('coordinates that are no numbers')
    return { cells: column.cells, fill: column.state.fill }
  }
  const { longitude } = rotations
  return { longitude, ...rotationsEncoder(rotations, columnOf(longitude), columnOf(latitude)) }
}

function curvesOf(
  columns: readonly {
    base: number
    encoder: ColumnEncoder
    directions: (RotationsEncoder & { after: number }) | null
  }[],
): Curve[] {
  return columns.flatMap(({ base, encoder: { curve = 0 }, directions }) => {
    const own = curve > 1 ? [{ base, length: curve }] : []
    const further = directions?.curves ?? []
    const start = base + (directions?.after ?? 0)
    return [...own, ...further.map((each) => ({ base: start + each.base, length: each.length }))]
  })
}

/**
 * Lets the inputs whose kind learns from labels do so: bags of words learn their naive-Bayes ratios. They learn from
 * the training rows that they have encoded before, and scale the values of these rows in place.
 * @param labels class number of each row
 * @param classes number of classes
 */
export function weighByLabels(
  states: InputStates,
  rows: SparseRows,
  labels: ArrayLike<number>,
  classes: number,
): InputStates {
  const { columns } = rowEncoder(states)
  return states.map((input, index) => {
    const kind = kindOfColumn(input.state)
    const column = columns[index]
    if (!kind.weighByLabels || !column) return input
    const { base, encoder } = column
    return {
      ...input,
      state: kind.weighByLabels(input.state, { rows, labels, classes, base, width: encoder.width }),
    }
  })
}
