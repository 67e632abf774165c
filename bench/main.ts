// `npm run bench`: all comparisons, or those that are named. See README.md here.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Bench, Comparison } from './comparison.ts'
import { COMPARISONS } from './comparisons/index.ts'
import { GOALS } from './goals.ts'
import { load, machine } from './machine.ts'
import { ENVIRONMENT_NAMES, environmentsAmong, installPeers } from './python.ts'
import { merged, readFigures, writeFigures } from './record.ts'
import { goalLines, writeReport } from './report.ts'

const ROOT = resolve(import.meta.dirname, '..')
const BUSY = 0.25
/** Figures of a quick run say nothing, so they never reach the documentation. */
const PLACES = {
  full: { figures: join(ROOT, 'bench', 'figures.json'), report: join(ROOT, 'docs') },
  quick: { figures: join(ROOT, '.setup', 'bench', 'figures.json'), report: join(ROOT, '.setup', 'bench') },
} as const

const options = process.argv.slice(2)
const names = options.filter((option) => !option.startsWith('--'))
const flags = options.filter((option) => option.startsWith('--'))
const known = [
  'peers',
  ...(names.includes('peers') ? ENVIRONMENT_NAMES : []),
  ...COMPARISONS.map(({ name }) => name),
]
const wrong = [
  ...names.filter((name) => !known.includes(name)),
  ...flags.filter((flag) => flag !== '--quick'),
]
if (wrong.length > 0) {
  console.error(
    `${wrong.join(', ')}: not known. There are ${known.join(', ')}, accuracy, scaling, and --quick.`,
  )
  process.exit(1)
}
if (names.includes('peers')) await installPeers(console.log, environmentsAmong(names))
const chosen = COMPARISONS.filter(({ name }) => names.length === 0 || names.includes(name))
const failed = await runAll(chosen, flags.includes('--quick'))
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`)
process.exit(failed.length > 0 ? 1 : 0)

/** Runs comparisons one after the other and writes after each. @returns names of those that failed */
async function runAll(comparisons: readonly Comparison[], quick: boolean): Promise<string[]> {
  const places = quick ? PLACES.quick : PLACES.full
  const datasets = process.env['DATASETS_DIR']
  if (comparisons.length > 0 && load() > BUSY)
    console.log(`Others work on this machine (${load().toFixed(2)} processes for each core): expect noise.`)
  const failures: string[] = []
  const measured = new Set<string>()
  for (const comparison of comparisons) {
    const lacks = (comparison.needs ?? []).find((name) => !datasets || !existsSync(join(datasets, name)))
    if (lacks) {
      console.log(`skipped: ${comparison.name} (needs DATASETS_DIR with ${lacks})`)
      continue
    }
    try {
      const bench: Bench = { quick, datasets, step: (what, work) => step(comparison.name, what, work) }
      const outcome = await comparison.run(bench)
      for (const what of outcome.skipped) console.log(`skipped: ${comparison.name}: ${what}`)
      for (const id of Object.keys(outcome.goals)) measured.add(id)
      const stamp = { date: new Date().toISOString().slice(0, 10), on: machine() }
      const figures = merged(await readFigures(places.figures), comparison.name, outcome, stamp, unitOf)
      await writeFigures(places.figures, figures)
    } catch (error) {
      console.error(`failed: ${comparison.name}:`, error)
      failures.push(comparison.name)
    }
  }
  if (measured.size === 0) return failures
  const figures = await readFigures(places.figures)
  await writeReport(figures, places.report)
  console.log(
    `\n${goalLines(figures, measured).join('\n')}\n\nWritten: ${join(places.report, 'performance.md')}`,
  )
  return failures
}

async function step<T>(comparison: string, what: string, work: () => Promise<T>): Promise<T> {
  process.stdout.write(`${comparison}: ${what} … `)
  const start = performance.now()
  try {
    return await work()
  } finally {
    process.stdout.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`)
  }
}

function unitOf(id: string): string {
  const goal = GOALS.find((each) => each.id === id)
  if (!goal) throw new Error(`there is no goal ${id}`)
  return goal.unit
}
