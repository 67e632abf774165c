import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'

const Value = z.strictObject({
  value: z.number(),
  unit: z.string(),
  /** Day of the measurement. */
  date: z.string(),
  /** The machine that it was made on. */
  on: z.string(),
})
export type Value = z.infer<typeof Value>

/** All that was measured so far: by goal, and by comparison what the ratios were made of. */
export const Figures = z.strictObject({
  goals: z.record(z.string(), Value),
  details: z.record(z.string(), z.record(z.string(), Value)),
})
export type Figures = z.infer<typeof Figures>

/** The result of one run of a comparison. */
export interface Outcome {
  /** By the id of a goal. */
  goals: Record<string, number>
  /** The figures behind the ratios, in the order of the report. */
  details: readonly Detail[]
  /** Measurements that could not be made, and what they need. */
  skipped: readonly string[]
}

export interface Detail {
  what: string
  value: number
  unit: string
}

/** The kept figures; none where the file is missing. */
export async function readFigures(file: string): Promise<Figures> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? { goals: {}, details: {} } : Figures.parse(JSON.parse(text))
}

export async function writeFigures(file: string, figures: Figures): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.part`, `${JSON.stringify(figures, null, 2)}\n`)
  await rename(`${file}.part`, file)
}

/** Figures with those of one comparison brought up to date; what was skipped keeps its older value and date. */
export function merged(
  figures: Figures,
  name: string,
  { goals, details, skipped }: Outcome,
  { date, on }: Pick<Value, 'date' | 'on'>,
  unitOf: (goal: string) => string,
): Figures {
  const dated = (value: number, unit: string): Value => ({ value: rounded(value), unit, date, on })
  const fresh = details.map(({ what, value, unit }) => [what, dated(value, unit)] as const)
  const older = skipped.length > 0 ? figures.details[name] : undefined
  const measured = Object.entries(goals).map(([id, value]) => [id, dated(value, unitOf(id))] as const)
  return {
    goals: { ...figures.goals, ...Object.fromEntries(measured) },
    details: { ...figures.details, [name]: { ...older, ...Object.fromEntries(fresh) } },
  }
}

/** Four significant digits are more than any of them is good for. */
const rounded = (value: number) => Number(value.toPrecision(4))
