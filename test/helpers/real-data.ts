import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const BESIDE = resolve(import.meta.dirname, '../../../shared/datasets')

/** The folder with the public data sets, or undefined where there is none. */
export const DATASETS = process.env['DATASETS_DIR'] || (existsSync(BESIDE) ? BESIDE : undefined)

/** The path of a public data set's file; undefined, with a line that says so, where it is absent. */
export function realData(file: string): string | undefined {
  const path = DATASETS && join(DATASETS, file)
  if (path && existsSync(path)) return path
  console.warn(`skipped: ${file} is not there; set DATASETS_DIR to the folder with the public data sets`)
  return undefined
}
