import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { placeOf } from './mutants/place.mjs'
import { changeOf, isSurvivor, linesOf, TRIED } from './mutants/report.mjs'
import { keyOf } from './mutants/sample.mjs'

/**
 * `npm run test:mutants PLACE[,PLACE …] [TESTS …] [-- --sample COUNT --seed SEED]`: puts small faults (mutants) into folders
 * or files of `src`, one at a time, and runs the tests that mirror them, or TESTS, against each. Lists the faults that no test
 * notices, and ends in one line with the share that was noticed. Survivors that may stay are in scripts/mutants/accepted.json,
 * each with a reason.
 *
 * What is known is kept in coverage/mutants, so that a second run tries only what was changed. With `--sample` it tries
 * a random sample of so many faults, anew each time; `--seed` (1) chooses which. With `--survivors` as well, TESTS run only
 * against the faults of that sample that no run has noticed so far, and the share is that of all runs together. Tests run in
 * the order in which they are named, so name the quick ones first. `--without PATTERN` leaves out the tests whose name
 * has a match of the regular expression.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    survivors: { type: 'boolean', default: false },
    without: { type: 'string', default: '' },
  },
})
const [place, ...named] = positionals
/**
 * A fault may make tests wait for ever, but a busy machine makes them slow, and is no proof. (Endless loops are noticed by
 * the number of their rounds.)
 */
const TIMEOUT_MS = 60_000

if (place === undefined) {
  console.error(
    'Usage: npm run test:mutants PLACE[,PLACE …] [TESTS …] [-- --sample COUNT --seed SEED], with folders or files of src, such as jobs/orders',
  )
  process.exit(1)
}
const sample = values.sample === undefined ? undefined : sampleOrEnd()
const { mutate, tests } = placeOrEnd()
process.chdir(root)
process.env.MUTANTS_TESTS = tests.join(' ')
process.env.MUTANTS_WITHOUT = values.without
const folder = join('coverage', 'mutants')
mkdirSync(folder, { recursive: true })
const name = nameOf(place)
const sampleFile = join(folder, `${name}-sample.json`)
const earlier = values.survivors ? earlierOrEnd() : []
const open = earlier.filter(isSurvivor)
if (sample)
  process.env.MUTANTS_SAMPLE = JSON.stringify(values.survivors ? { keys: open.map(keyInStryker) } : sample)
const found = await new Stryker({
  mutate: values.survivors ? [...new Set(open.map(({ fileName }) => fileName))] : mutate,
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutants.config.ts', related: false },
  plugins: [
    '@stryker-mutator/vitest-runner',
    './scripts/mutants/sentences.mjs',
    './scripts/mutants/sample.mjs',
  ],
  checkers: sample ? ['sample'] : [],
  ignorers: ['sentences'],
  ignorePatterns: ['/coverage', '/data', '/docs/pictures', '/.setup'],
  // The tests strip types and do not check them; TypeScript 7 lacks the functions that Stryker would adapt the file by.
  disableTypeChecks: false,
  tsconfigFile: 'none',
  concurrency: 1,
  coverageAnalysis: 'perTest',
  // Faults in what a file computes while it is loaded need a new process, and all tests, for each.
  ignoreStatic: true,
  timeoutMS: TIMEOUT_MS,
  // The first run, without a fault, has all tests of a room.
  dryRunTimeoutMinutes: 30,
  tempDirName: join(folder, `tmp-${name}`),
  // A run that begins with what is known would draw its sample from the rest.
  incremental: sample === undefined,
  incrementalFile: join(folder, `${name}.json`),
  reporters: ['progress-append-only'],
  logLevel: 'warn',
  allowConsoleColors: false,
}).runMutationTest()

/** Returns how many faults are drawn, and by which seed; ends with a sentence where these are no whole numbers. */
function sampleOrEnd() {
  const count = Number(values.sample)
  const seed = Number(values.seed)
  if (Number.isInteger(count) && count > 0 && Number.isInteger(seed)) return { count, seed }
  console.error('--sample must be a whole number from 1, and --seed a whole number')
  return process.exit(1)
}

/** Returns a name for files, which is short even for many places. */
function nameOf(text) {
  const plain = text.replace(/\W/g, '-')
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8)
  return plain.length <= 60 ? plain : `${plain.slice(0, 60)}-${hash}`
}

/** Returns the code and the tests; ends with a sentence where there are none. */
function placeOrEnd() {
  try {
    return placeOf(root, place, named)
  } catch (error) {
    console.error(error.message)
    return process.exit(1)
  }
}

/** Returns the faults of the sample, as they were left by the runs so far; ends with a sentence where there were none. */
function earlierOrEnd() {
  const { sample: known, faults } = existsSync(sampleFile) ? JSON.parse(readFileSync(sampleFile, 'utf8')) : {}
  if (sample && known?.count === sample.count && known?.seed === sample.seed) return faults
  console.error('--survivors needs the --sample and --seed of the last run at this place')
  return process.exit(1)
}

/** Returns the key of a fault for a checker: lines and columns of reports count from 1, and those of Stryker itself from 0. */
function keyInStryker({ location: { start, end }, ...fault }) {
  const before = ({ line, column }) => ({ line: line - 1, column: column - 1 })
  return keyOf({ ...fault, location: { start: before(start), end: before(end) } }, root)
}

/** Returns the faults of all runs of a sample: a fault that was noticed once stays noticed. */
function together(faults) {
  const later = new Map(faults.map((fault) => [keyOf(fault, root), fault]))
  return earlier.map((fault) => later.get(keyOf(fault, root)) ?? fault)
}

const tried = found
  .filter(({ status }) => TRIED.includes(status))
  .map(({ fileName, status, location, replacement }) => ({ fileName, status, location, replacement }))
const all = values.survivors ? together(tried) : tried
if (sample) writeFileSync(sampleFile, JSON.stringify({ sample, faults: all }))
const accepted = JSON.parse(readFileSync(join('scripts', 'mutants', 'accepted.json'), 'utf8'))
const faults = all.map(({ fileName, status, location, replacement }) => {
  const change = changeOf(readFileSync(fileName, 'utf8'), location, replacement ?? '')
  return { fileName: relative(root, fileName), status, line: location.start.line, ...change }
})
for (const line of linesOf(place, faults, accepted).lines) console.log(line)
