import type { Table } from '../datasets/table.ts'
import {
  fitNaiveBayes,
  type InputStates,
  inputFitter,
  type RowEncoder,
  rowEncoder,
} from '../models/encoders/row-encoder.ts'
import { SparseRow, SparseRowsBuilder } from '../models/encoders/sparse-row.ts'
import { fitTarget, type TargetState, targetNumber } from '../models/target.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import type { Cell } from '../recipe/table.ts'
import type { Examples } from './engine.ts'
import type { ChosenRows } from './rows.ts'

/** Encoder and target fitted on the training rows, and the rows as the network takes them. */
export interface Prepared {
  inputs: InputStates
  target: TargetState
  training: Examples
  validation: Examples | null
}

/** Lets the process look at its messages; rejects when the job is to end. */
export type Breathe = () => Promise<void>

/** Fits encoder and target to the training rows and encodes all chosen rows. */
export async function prepare(
  recipe: CompleteRecipe,
  table: Table,
  rows: ChosenRows,
  breathe: Breathe,
): Promise<Prepared> {
  let inputs = await fitInputs(recipe, table, rows.training, breathe)
  let encoder = rowEncoder(inputs)
  const target = columnOf(table, recipe.target)
  const all = rows.validation
    ? [...cells(target, rows.training), ...cells(target, rows.validation)]
    : cells(target, rows.training)
  const state = fitTarget(recipe, all, cells(target, rows.training))
  const encode = async (chosen: Uint32Array): Promise<Examples> => ({
    rows: await encodeRows(encoder, table, chosen, breathe),
    inputs: encoder.inputs,
    targets: Float32Array.from(chosen, (row) => targetNumber(state, target(row))),
  })
  const training = await encode(rows.training)
  if (recipe.encoder && recipe.encoder.type !== 'sequence' && recipe.encoder.naiveBayes) {
    if (state.task === 'regression') throw new RangeError('naive Bayes without classes')
    inputs = fitNaiveBayes(inputs, training.rows, training.targets, state.classes.length)
    encoder = rowEncoder(inputs)
  }
  return {
    inputs,
    target: state,
    training,
    validation: rows.validation ? await encode(rows.validation) : null,
  }
}

async function fitInputs(
  recipe: CompleteRecipe,
  table: Table,
  rows: Uint32Array,
  breathe: Breathe,
): Promise<InputStates> {
  const columns = new Map(recipe.inputs.map((name) => [name, columnOf(table, name)]))
  const fitter = inputFitter(recipe, (name) => typeOf(table, name))
  for (const row of rows) {
    fitter.add((name) => columns.get(name)?.(row) ?? null)
    await breathe()
  }
  return fitter.finish()
}

async function encodeRows(
  encoder: RowEncoder,
  table: Table,
  rows: Uint32Array,
  breathe: Breathe,
): Promise<Examples['rows']> {
  const columns = new Map(encoder.columns.map(({ name }) => [name, columnOf(table, name)]))
  const builder = new SparseRowsBuilder(encoder.width)
  const encoded = new SparseRow()
  for (const row of rows) {
    encoder.encode((name) => columns.get(name)?.(row) ?? null, encoded)
    builder.add(encoded)
    await breathe()
  }
  return builder.build()
}

/** A column as a function of the row number; a gap is null. */
export function columnOf(table: Table, name: string): (row: number) => Cell {
  const column = table.columns.get(name)
  if (!column) throw new RangeError('the table lacks a column of the recipe')
  if (column.type !== 'number') return (row) => column.values[row] ?? null
  return (row) => {
    const value = column.values[row] ?? Number.NaN
    return Number.isNaN(value) ? null : value
  }
}

function typeOf(table: Table, name: string) {
  const column = table.columns.get(name)
  if (!column) throw new RangeError('the table lacks a column of the recipe')
  return column.type
}

function cells(column: (row: number) => Cell, rows: Uint32Array): Cell[] {
  return Array.from(rows, column)
}
