import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import type { Bench, Comparison } from '../comparison.ts'
import { SERVER_CORE } from '../measure.ts'
import { compareWithBare } from '../predict.ts'
import type { Outcome } from '../record.ts'
import { startBare } from '../servers.ts'
import { startEmpty, trainOn } from '../service.ts'

const ROWS = 1_000
const MINUTES = 15
const QUICK_ROWS = 2_000
const Rows = z.array(z.record(z.string(), z.string()))

/** A public data set, the column that its default model learns, and the goal that `/predict` is measured for. */
interface Asked {
  goal: string
  folder: string
  target: string
  kind: 'text' | 'row'
}

const ASKED: readonly Asked[] = [
  { goal: 'default-imdb', folder: 'imdb', target: 'label', kind: 'text' },
  { goal: 'default-nsmc', folder: 'nsmc', target: 'label', kind: 'text' },
  { goal: 'default-reuters', folder: 'reuters52', target: 'label', kind: 'text' },
  { goal: 'default-california', folder: 'california', target: 'median_house_value', kind: 'row' },
]

/** `/predict` of one row by the models that no recipe gives, beside a bare Fastify route. */
export const defaults: Comparison = {
  name: 'defaults',
  needs: ASKED.map(({ folder }) => folder),
  async run(bench) {
    const outcomes: Outcome[] = []
    for (const asked of ASKED) outcomes.push(await beside(bench, asked))
    return {
      goals: Object.assign({}, ...outcomes.map(({ goals }) => goals)),
      details: outcomes.flatMap(({ details }) => details),
      skipped: [],
    }
  },
}

async function beside(bench: Bench, { goal, folder, target, kind }: Asked): Promise<Outcome> {
  const file = (name: string) => join(bench.datasets ?? '', folder, name)
  const own = await startEmpty(SERVER_CORE)
  try {
    await bench.step(`${folder}: fitserve trains without a recipe`, () =>
      trainOnBeginning(own.url, folder, file('train.csv.gz'), target, bench.quick ? QUICK_ROWS : undefined),
    )
    const bare = await startBare(kind)
    try {
      const bodies = bodiesOf(file('test.csv.gz'), { folder, target, kind })
      const figures = await bench.step(`${folder}: fitserve and the bare route answer in turns`, () =>
        compareWithBare({ own, bare, bodies }, bench.quick ? 1 : undefined),
      )
      const { perSecond, barePerSecond, p99Ms } = figures
      return {
        goals: { [goal]: figures.ratio },
        details: [
          { what: `${folder}, fitserve: requests`, value: perSecond, unit: '/s' },
          { what: `${folder}, bare route: requests`, value: barePerSecond, unit: '/s' },
          { what: `${folder}, fitserve: p99`, value: p99Ms, unit: 'ms' },
        ],
        skipped: [],
      }
    } finally {
      await bare.stop()
    }
  } finally {
    await own.stop()
  }
}

/** Trains without a recipe. @param rows of the file that are taken; undefined: all */
async function trainOnBeginning(
  url: string,
  name: string,
  file: string,
  target: string,
  rows: number | undefined,
): Promise<void> {
  if (rows === undefined) return trainOn(url, name, file, { target }, MINUTES)
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
  try {
    const table: string[][] = parse(gunzipSync(readFileSync(file)), { to: rows + 1 })
    const cell = (text: string) => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`)
    const beginning = join(folder, 'beginning.csv')
    await writeFile(beginning, table.map((row) => `${row.map(cell).join(',')}\n`).join(''))
    await trainOn(url, name, beginning, { target }, MINUTES)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Requests of the first rows of a file. The bare route takes the same. */
function bodiesOf(file: string, { folder, target, kind }: Omit<Asked, 'goal'>): string[] {
  const rows = Rows.parse(parse(gunzipSync(readFileSync(file)), { columns: true, to: ROWS }))
  return rows.map((row) => {
    if (kind === 'text') return JSON.stringify({ model: folder, text: row['text'] ?? '' })
    const cells = Object.entries(row).filter(([name]) => name !== target)
    const features = Object.fromEntries(cells.map(([name, cell]) => [name, cellOf(cell)]))
    return JSON.stringify({ model: folder, features })
  })
}

function cellOf(cell: string): string | number | null {
  if (cell === '') return null
  return Number.isNaN(Number(cell)) ? cell : Number(cell)
}
