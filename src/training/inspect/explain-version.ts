import type { VersionExplanation } from '../../evaluation/explanation.ts'
import { loadPredictor } from '../../models/predictor.ts'
import { columnOf } from '../data/tables.ts'
import { slicedRows } from '../sliced-rows.ts'
import { curvesOf } from './curves.ts'
import { answeredTable, type HeldRows } from './held-rows.ts'
import { importanceOf } from './importance.ts'
import { questionsOf } from './judged-rows.ts'
import { termsOf } from './terms.ts'

/** Says what counts for a version, by the rows that it held out. */
export function explainVersion(held: HeldRows): VersionExplanation {
  const { recipe, table, encoder, rows, seen, files } = held
  const cells = recipe.inputs.map((name) => [name, columnOf(table, name)] as const)
  const judged = questionsOf({
    predictor: loadPredictor(files),
    target: encoder.target,
    rowOf: (row) => Object.fromEntries(cells.map(([name, cell]) => [name, cell(row)])),
    rows,
    recipe,
    table,
  })
  const importance = importanceOf(judged, recipe.inputs)
  const { terms, by } = termsOf(held, judged)
  return {
    rows: judged.rows.length,
    seen,
    importance,
    slices: slicedRows(answeredTable(held)),
    terms,
    termsBy: by,
    curves: curvesOf(
      judged,
      encoder.inputs,
      importance.features.map(({ feature }) => feature),
    ),
  }
}
