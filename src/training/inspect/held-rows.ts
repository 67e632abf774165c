import type { z } from 'zod'
import { readTable, type Table } from '../../datasets/table.ts'
import { FitserveError } from '../../errors.ts'
import type { EncoderFile } from '../../models/files/files.ts'
import { readEncoderFile, readModel } from '../../models/files/files.ts'
import type { Member } from '../../models/network/network.ts'
import { type CompleteRecipe, roleColumns, targetNames, trainsOnAll } from '../../recipe/index.ts'
import { answersTo } from '../compared-answers.ts'
import { spellingsOfVersion, withSpellings } from '../data/spellings.ts'
import { readHeldOut } from '../held-out.ts'
import { LocalFile, LocalVersion, readChecked } from '../local-version.ts'
import type { AnsweredTable } from '../sliced-rows.ts'

/** A version with the data set that it was trained on, all on this machine. */
export const InspectedVersion = LocalVersion.extend({ heldOut: LocalFile })
export type InspectedVersion = z.infer<typeof InspectedVersion>

/** The rows by which a version is judged, with its answers to them by networks that have not seen them. */
export interface HeldRows {
  recipe: CompleteRecipe
  encoder: EncoderFile
  members: Member[]
  table: Table
  /** Numbers of the rows in the data set. */
  rows: Uint32Array
  /** Shape [rows, outputs]: logits of classes, or numbers in the targets' own units, as the version answers. */
  answers: Float64Array
  outputs: number
  /** The same as the evaluation measures them: calibrated by maps that other rows chose, where the version keeps them. */
  evaluated: Float64Array
  /** Number of the class that each row was answered with. Undefined: `evaluated` says. */
  answered: Uint32Array | undefined
  /** True if the version's own network was at last trained on these rows too; the answers are those of earlier ones. */
  seen: boolean
  /** The bytes of the version's files. */
  files: { encoder: Buffer; model: Buffer; weights: Buffer }
}

/** Returns the answers to held-out rows as the evaluation measures them. */
export function answeredTable({
  recipe,
  encoder,
  table,
  rows,
  outputs,
  evaluated,
  answered,
}: HeldRows): AnsweredTable {
  const { target, inputs } = encoder
  const answers = { rows, outputs, values: evaluated, answered }
  return { recipe, target, inputs, table, answers, weights: recipe.weights }
}

/** Reads the rows that a version held out. @throws FitserveError `corrupt-artifact`, `not-found` if it kept no answers */
export async function readHeldRows(version: InspectedVersion): Promise<HeldRows> {
  const { recipe, description } = version
  const files = {
    encoder: await readChecked(version.encoder),
    model: await readChecked(version.model),
    weights: await readChecked(version.weights),
  }
  const encoder = readEncoderFile(files.encoder)
  const members = readModel(files.model, files.weights)
  const heldOut = readHeldOut(await readChecked(version.heldOut))
  const seen = trainsOnAll(recipe)
  if (seen && heldOut.values.length === 0)
    throw new FitserveError(
      'not-found',
      'The version was at last trained on all its rows and has too many classes to keep answers of earlier networks.',
    )
  const columns = [...new Set([...recipe.inputs, ...targetNames(recipe), ...roleColumns(recipe)])]
  const read = await readTable(version.table, description, { columns })
  const table = withSpellings(recipe, read, spellingsOfVersion(recipe, encoder.target))
  const rows = heldOut.rows.slice().sort()
  const places = new Map(Array.from(heldOut.rows, (row, place) => [row, place]))
  const known = heldOut.values.length === 0 ? new Map<number, number>() : places
  const own = await answersTo({ recipe, encoder, members, heldOut }, table, rows, known)
  const { outputs } = own
  const inOrder = (values: Float64Array) => {
    const sorted = new Float64Array(values.length)
    for (const [at, row] of rows.entries()) {
      const place = places.get(row) ?? 0
      sorted.set(values.subarray(place * outputs, (place + 1) * outputs), at * outputs)
    }
    return sorted
  }
  const { evaluated, answered } = heldOut
  return {
    recipe,
    encoder,
    members,
    table,
    rows,
    answers: own.values,
    outputs,
    evaluated: evaluated ? inOrder(evaluated) : own.values,
    answered: answered && rows.map((row) => answered[places.get(row) ?? 0] ?? 0),
    seen,
    files,
  }
}
