import type { z } from 'zod'
import { readTable, type Table } from '../../datasets/table.ts'
import { FitserveError } from '../../errors.ts'
import type { EncoderFile } from '../../models/files/files.ts'
import { readEncoderFile, readModel } from '../../models/files/files.ts'
import type { Member } from '../../models/network/network.ts'
import { type CompleteRecipe, targetNames, trainsOnAll } from '../../recipe/index.ts'
import { answersTo } from '../compared-answers.ts'
import { spellingsOfVersion, withSpellings } from '../data/spellings.ts'
import { readHeldOut } from '../held-out.ts'
import { LocalFile, LocalVersion, readChecked } from '../local-version.ts'

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
  /** Shape [rows, outputs]: logits of classes, or numbers in the targets' own units. */
  answers: Float64Array
  outputs: number
  /** True if the version's own network was at last trained on these rows too; the answers are those of earlier ones. */
  seen: boolean
  /** The bytes of the version's files. */
  files: { encoder: Buffer; model: Buffer; weights: Buffer }
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
  const columns = [...new Set([...recipe.inputs, ...targetNames(recipe)])]
  const read = await readTable(version.table, description, { columns })
  const table = withSpellings(recipe, read, spellingsOfVersion(recipe, encoder.target))
  const rows = heldOut.rows.slice().sort()
  const places =
    heldOut.values.length === 0 ? new Map() : new Map(Array.from(heldOut.rows, (row, place) => [row, place]))
  const { values, outputs } = await answersTo({ recipe, encoder, members, heldOut }, table, rows, places)
  return { recipe, encoder, members, table, rows, answers: values, outputs, seen, files }
}
