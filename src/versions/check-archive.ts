/*
 * Checks the files of an imported archive. It runs in a process of its own: JSON that is deep or wide costs minutes and
 * gigabytes, and a hostile model may do what it likes, so it must not be tried where others wait for predictions.
 */
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { History } from '../evaluation/history.ts'
import { EVALUATION_FILE, Evaluation } from '../evaluation/schema.ts'
import { LONG_KEYS } from '../models/encoders/kinds.ts'
import { parseInSteps } from '../models/encoders/long-texts.ts'
import { exampleRow } from '../models/example-row.ts'
import { MixedFile } from '../models/files/mixed-file.ts'
import { filesOfEncoder } from '../models/files/tables-file.ts'
import { loadPredictor, type Predictor } from '../models/predictor.ts'
import { ForestFile } from '../models/trees/forest-file.ts'
import type { Row } from '../recipe/table.ts'
import { MANIFEST } from '../registry/artifacts.ts'
import { VERSION_FILES, VersionManifest } from '../registry/version-files.ts'
import { serveTasks } from '../runtime/serve-tasks.ts'
import { atOnce } from '../runtime/steps.ts'
import { isTablesFile } from '../tables-file-name.ts'
import { HELD_OUT_FILE } from '../training-contract.ts'
import { invalidArchive } from './tar.ts'

/** A request to the checking process. */
export const CheckTask = z.object({
  /** Folder of the archive's files. */
  folder: z.string(),
  /** `about`: the files that describe the archive. `model`: all others, which are what these say by then. */
  part: z.enum(['about', 'model']),
})
export type CheckTask = z.infer<typeof CheckTask>

/** Answer of the checking process. `refused` says what is wrong. */
export const CheckReply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('refused'), message: z.string() }),
])
export type CheckReply = z.infer<typeof CheckReply>

/** What a JSON file may hold, beside its length. Other processes parse it later, some of them between predictions. */
interface JsonLimits {
  levels: number
  values: number
  /** Different keys of all objects together: each makes a new shape of an object. */
  keys: number
}

const ABOUT: JsonLimits = { levels: 64, values: 200_000, keys: 20_000 }
const FIGURES: JsonLimits = { levels: 16, values: 2_000_000, keys: 100_000 }
const HELD_OUT_LIMITS: JsonLimits = { levels: 2, values: 10, keys: 10 }
const MODEL: JsonLimits = { levels: 64, values: 50_000, keys: 1_000 }
const ENCODER: JsonLimits = { levels: 64, values: 10_000_000, keys: 20_000 }

/** Answers of the folds, which only a comparison reads. Their numbers are two texts. */
const HeldOut = z.strictObject({
  format: z.literal(1),
  outputs: z.int().positive(),
  rows: z.string(),
  values: z.string(),
  evaluated: z.string().optional(),
  answered: z.string().optional(),
})

const BYTES_OF_A_WEIGHT = 4
/** Bytes of the weights that are looked at together. */
const PIECE_BYTES = 2 ** 20
/** Numbers that the model is tried with, in all its number columns at once. */
const TRIED_NUMBERS = [0, 1, -1, 1_000]

/** Runs the checking process: it does one task at a time for the process that started it, until that one is gone. */
export function serve(): void {
  serveTasks(checkPart)
}

/** Runs a `CheckTask`. Never rejects. */
export async function checkPart(message: unknown): Promise<CheckReply> {
  try {
    const { folder, part } = CheckTask.parse(message)
    if (part === 'about') await checkAbout(folder)
    else await checkModel(folder)
    return { kind: 'done' }
  } catch (error) {
    const isOwn = error instanceof FitserveError && error.code === 'invalid-archive'
    return { kind: 'refused', message: (isOwn ? error : invalidArchive(reasonOf(error))).message }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof FitserveError ? error.message : 'The model cannot answer.'
}

/** Checks the size of what the files hold that describe an archive. @throws FitserveError `invalid-archive` */
async function checkAbout(folder: string): Promise<void> {
  await checkedFile(z.unknown(), folder, 'export.json', ABOUT)
  await checkedFile(VersionManifest, folder, MANIFEST, ABOUT)
}

/**
 * Checks that each file is what its name says, and that the model answers rows with finite numbers.
 * @throws FitserveError `invalid-archive`, `corrupt-artifact`
 */
async function checkModel(folder: string): Promise<void> {
  const bytes = (name: string) => readFile(join(folder, name))
  const { files, recipe } = await checkedFile(VersionManifest, folder, MANIFEST, ABOUT)
  await checkedFile(History, folder, 'history.json', FIGURES)
  if (Object.hasOwn(files, EVALUATION_FILE)) await checkedFile(Evaluation, folder, EVALUATION_FILE, FIGURES)
  if (Object.hasOwn(files, HELD_OUT_FILE)) await checkedFile(HeldOut, folder, HELD_OUT_FILE, HELD_OUT_LIMITS)
  const model = await checkedFile(z.unknown(), folder, VERSION_FILES.model, MODEL)
  const encoder = await bytes(VERSION_FILES.encoder)
  checkSize(
    readOr(() => atOnce(parseInSteps(encoder, LONG_KEYS)).value, VERSION_FILES.encoder),
    VERSION_FILES.encoder,
    ENCODER,
  )
  const weights = join(folder, VERSION_FILES.weights)
  // Those of trees are not all numbers; loading the predictor checks them.
  const mixed = MixedFile.safeParse(model)
  if (mixed.success) await checkFinite(weights, mixed.data.bytes)
  else if (!ForestFile.safeParse(model).success) await checkFinite(weights)
  const members = { model: await bytes(VERSION_FILES.model), weights: await bytes(VERSION_FILES.weights) }
  // An archive has no tables, since these could not be trusted.
  const [tables] = await writeTables(folder, encoder)
  const predictor = loadPredictor(tables ? { ...members, tables } : { ...members, encoder })
  const inputs = new Set(predictor.inputs.map(({ name }) => name))
  if (predictor.task !== recipe.task || recipe.inputs.some((name) => !inputs.has(name)))
    throw invalidArchive('Its recipe and its encoder do not fit together.')
  for (const row of rowsFor(predictor)) checkAnswer(predictor, row)
}

/** Writes the tables of an encoder beside it, where it is of use. @returns what was written */
async function writeTables(folder: string, encoder: Buffer): Promise<Uint8Array[]> {
  const tables = [...filesOfEncoder(encoder)].filter(([name]) => isTablesFile(name))
  for (const [name, content] of tables) await writeFile(join(folder, name), content)
  return tables.map(([, content]) => content)
}

async function checkedFile<Schema extends z.ZodType>(
  schema: Schema,
  folder: string,
  name: string,
  limits: JsonLimits,
): Promise<z.output<Schema>> {
  const bytes = await readFile(join(folder, name))
  const value = readOr(() => JSON.parse(bytes.toString('utf8')), name)
  checkSize(value, name, limits)
  return readOr(() => schema.parse(value), name)
}

function readOr<T>(read: () => T, name: string): T {
  try {
    return read()
  } catch (cause) {
    throw invalidArchive(`${name} is not what such a file is.`, cause)
  }
}

/** Counts what a parsed file holds. Without recursion, since it may be deep. */
function checkSize(value: unknown, name: string, limits: JsonLimits): void {
  const keys = new Set<string>()
  let values = 0
  const open = [{ value, level: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    values += 1
    if (values > limits.values) throw tooMuch(name, `more than ${limits.values} values`)
    if (typeof next.value !== 'object' || next.value === null) continue
    const level = next.level + 1
    if (level > limits.levels) throw tooMuch(name, `more than ${limits.levels} levels`)
    if (!Array.isArray(next.value)) for (const key of Object.keys(next.value)) keys.add(key)
    if (keys.size > limits.keys) throw tooMuch(name, `more than ${limits.keys} different keys`)
    if (keys.has('__proto__')) throw tooMuch(name, 'a key "__proto__"')
    for (const each of Object.values(next.value)) open.push({ value: each, level })
  }
}

function tooMuch(name: string, what: string): FitserveError {
  return invalidArchive(`${name} has ${what}, which no version needs.`)
}

/** Checks that all weights are numbers, and none of them infinite. @param bytes those that are weights. Default: all */
async function checkFinite(path: string, bytes = Number.POSITIVE_INFINITY): Promise<void> {
  const file = await open(path)
  try {
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
    const numbers = new Float32Array(piece.buffer, piece.byteOffset, PIECE_BYTES / BYTES_OF_A_WEIGHT)
    for (let at = 0; ; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, bytes - at)
      if (length <= 0) return
      const { bytesRead } = await file.read(piece, 0, length, at)
      const count = Math.floor(bytesRead / BYTES_OF_A_WEIGHT)
      const wrong = numbers.subarray(0, count).findIndex((number) => !Number.isFinite(number))
      if (wrong >= 0) {
        const index = at / BYTES_OF_A_WEIGHT + wrong
        throw invalidArchive(
          `${VERSION_FILES.weights} has a weight that is not a finite number, at index ${index}.`,
        )
      }
      if (bytesRead < PIECE_BYTES) return
    }
  } finally {
    await file.close()
  }
}

/** Returns rows that the model must be able to answer. */
function rowsFor(predictor: Predictor): Row[] {
  const example = exampleRow(predictor)
  const numbers = predictor.inputs.filter(({ type }) => type === 'number').map(({ name }) => name)
  if (numbers.length === 0) return [example]
  return TRIED_NUMBERS.map((number) =>
    Object.fromEntries([...Object.entries(example), ...numbers.map((name) => [name, number] as const)]),
  )
}

function checkAnswer(predictor: Predictor, row: Row): void {
  const prediction = predictor.predict(row)
  const numbers =
    'value' in prediction
      ? [prediction.value]
      : Object.values('values' in prediction ? prediction.values : prediction.probabilities)
  if (!numbers.every(Number.isFinite))
    throw invalidArchive('The model answers an example row with a number that is not finite.')
}
