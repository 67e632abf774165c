import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { CompleteRecipe } from '../recipe/index.ts'
import { ColumnDescription } from '../recipe/table.ts'

/** A file on this machine, and the hash that it was stored with. */
export const LocalFile = z.object({ path: z.string(), sha256: z.string() })

/** The files of a version and of a data set, all on this machine. */
export const LocalVersion = z.object({
  recipe: CompleteRecipe,
  encoder: LocalFile,
  model: LocalFile,
  weights: LocalFile,
  table: z.string(),
  description: z.object({ rows: z.int(), columns: z.array(ColumnDescription) }),
})

/** Reads a file of a version. @throws FitserveError `corrupt-artifact` if it is not what was stored */
export async function readChecked({ path, sha256 }: z.infer<typeof LocalFile>): Promise<Buffer> {
  const bytes = await readFile(path)
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes
  throw new FitserveError('corrupt-artifact', 'A file of the version is not what was stored.')
}
