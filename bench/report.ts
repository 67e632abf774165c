import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawRatios } from './chart.ts'
import { GOALS, type Goal, verdict } from './goals.ts'
import { ownVersion } from './machine.ts'
import { versionIn } from './python.ts'
import type { Figures, Value } from './record.ts'

const NOTES = new URL('notes.md', import.meta.url)
const CHARTS = { light: 'performance-light.svg', dark: 'performance-dark.svg' } as const

/** Writes `performance.md` and its charts into a folder. What people wrote is taken from `bench/notes.md`. */
export async function writeReport(figures: Figures, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const charts = await drawRatios(figures)
  if (charts) {
    await writeFile(join(folder, CHARTS.light), charts.light)
    await writeFile(join(folder, CHARTS.dark), charts.dark)
  }
  const notes = await readFile(NOTES, 'utf8')
  const parts = [
    '# Performance',
    'This page is written by `npm run bench`; the notes at its end are kept in `bench/notes.md`. Trust the ratios: they are of two programs on one machine in the same minutes. Seconds and requests a second are of this machine.',
    charts ? picture() : '',
    '## Goals',
    goalTable(figures),
    ORIGINS,
    '## Machine and versions',
    machines(figures) || 'Nothing was measured yet.',
    versions(),
    '## What the ratios were made of',
    ...Object.entries(figures.details).map(([name, values]) => detailTable(name, values)),
    '## Again',
    AGAIN,
    notes.trim(),
  ]
  await writeFile(join(folder, 'performance.md'), `${parts.filter(Boolean).join('\n\n')}\n`)
}

/** The goals as lines for a terminal. @param ids those to tell */
export function goalLines(figures: Figures, ids: ReadonlySet<string>): string[] {
  const told = GOALS.filter(({ id }) => ids.has(id) && figures.goals[id])
  const rows = told.map((goal) => cellsOf(goal, figures.goals[goal.id]))
  const all = [HEADER, ...rows]
  const widths = HEADER.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

const HEADER = ['work', 'beside', 'reach', 'aim', 'measured', 'verdict', 'date']

const ORIGINS =
  '"Times" is a ratio in favour of fitserve: of speed, of time, of memory, of error; where less is better, the row says so. Memory is the sum of the peaks (VmHWM) of all processes of a program, whether or not they lived at the same time, so it is more than what was ever resident at once where processes follow each other; the tables below have both.'

const AGAIN = `\`\`\`
npm run bench -- peers      # once: the Python peers, in virtual environments below the user's cache
npm run bench               # all comparisons, about 15 minutes on 2 quiet cores
npm run bench -- imdb       # some of them: only their rows are brought up to date
\`\`\`

\`DATASETS_DIR\` names the folder with the public data sets. What a comparison lacks is skipped by name and keeps its older figures, with their dates. How fairness was kept is described in [bench/README.md](../bench/README.md).`

function picture(): string {
  const dark = `<source media="(prefers-color-scheme: dark)" srcset="${CHARTS.dark}">`
  return `<picture>${dark}<img alt="Ratios of fitserve to others, as in the table below" src="${CHARTS.light}"></picture>`
}

function goalTable(figures: Figures): string {
  return table(
    HEADER,
    GOALS.map((goal) => cellsOf(goal, figures.goals[goal.id])),
  )
}

function cellsOf(goal: Goal, found: Value | undefined): string[] {
  const bound = (value: number | null) => (value === null ? '' : shown(value, goal.unit))
  return [
    goal.work,
    goal.against,
    bound(goal.reach),
    bound(goal.aim),
    ...(found
      ? [shown(found.value, goal.unit), verdict(goal, found.value), found.date]
      : ['', 'not measured', '']),
  ]
}

function machines(figures: Figures): string {
  const all = [
    ...Object.values(figures.goals),
    ...Object.values(figures.details).flatMap(Object.values<Value>),
  ]
  const dates = new Map<string, Set<string>>()
  for (const { on, date } of all) dates.set(on, (dates.get(on) ?? new Set()).add(date))
  return [...dates].map(([on, days]) => `- ${on}: ${[...days].sort().join(', ')}`).join('\n')
}

function versions(): string {
  const python = ['fastapi', 'uvicorn', 'scikit-learn', 'keras', 'tensorflow_cpu', 'h2o', 'pandas']
  const own = ['fastify', '@tensorflow/tfjs-node']
  const parts = [
    ...own.map((name) => `${name} ${ownVersion(name)}`),
    ...python.map((name) => `${name} ${versionIn('python', name)}`),
    ...['mlserver', 'mlserver-sklearn'].map((name) => `${name} ${versionIn('mlserver', name)}`),
  ]
  return `Versions: ${parts.join(', ')}.`
}

function detailTable(name: string, values: Record<string, Value>): string {
  const rows = Object.entries(values).map(([what, { value, unit, date }]) => [what, shown(value, unit), date])
  return `### ${name}\n\n${table(['what', 'measured', 'date'], rows)}`
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A number in three digits, whole ones in full, with its unit. */
function shown(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
  return `${digits.toLocaleString('en', { maximumFractionDigits: 4 })} ${unit}`.trim()
}
