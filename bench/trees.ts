import { createHash } from 'node:crypto'
import process from 'node:process'
import { Random } from '../src/evaluation/random.ts'
import { completeRecipe, RecipeInput } from '../src/recipe/index.ts'
import { train } from '../src/training/train.ts'

// Trains a table of 21 numbers that a formula makes, in this process, and tells processor seconds, memory, the error on
// validation rows and a hash of the trees:
//   npx tsx bench/trees.ts [rows=200000] [threads=2] [recipe={"network":{"type":"trees","leaves":63},"epochs":60}]
// Run two builds in turns and compare their seconds: those of one run depend on what else the machine does. `{}` as recipe
// trains what the data suggest.

const [rowsText = '200000', threadsText = '2', recipeText] = process.argv.slice(2)
const ROWS = Number(rowsText)
const COLUMNS = 21
/** Deviation of what no model can know: no error is below it. */
const NOISE = 0.5

const random = new Random(1, 'rows')
/** Nearly normal numbers: the sum of twelve even ones. */
const normal = () => {
  let sum = -6
  for (let each = 0; each < 12; each++) sum += random.next()
  return sum
}
const inputs = Array.from({ length: COLUMNS }, (_, at) =>
  Float64Array.from({ length: ROWS }, at % 3 === 2 ? () => random.next() : normal),
)
const y = Float64Array.from({ length: ROWS }, (_, row) => {
  const x = (column: number) => inputs[column]?.[row] ?? 0
  const steps = Math.abs(x(4)) * (x(5) > 0.5 ? 1 : -0.5) + (x(8) > 0.3 ? x(10) / 2 : 0)
  return (
    Math.sin(2 * x(0)) + (x(1) * x(3)) / 2 + 2 * (x(2) - 0.5) ** 2 + 0.7 * x(6) + steps + NOISE * normal()
  )
})
const columns = [...inputs.map((values, at) => [`x${at}`, values] as const), ['y', y] as const].map(
  ([name, values]) => ({ name, type: 'number' as const, values }),
)
const described = columns.map(({ name, type, values }) => ({
  name,
  type,
  missing: 0,
  distinct: ROWS,
  min: values.reduce((least, value) => Math.min(least, value)),
  max: values.reduce((most, value) => Math.max(most, value)),
}))
const { recipe, problems } = completeRecipe(
  RecipeInput.parse({
    target: 'y',
    ...JSON.parse(recipeText ?? '{"network":{"type":"trees","leaves":63},"epochs":60,"finalEpochs":null}'),
  }),
  { rows: ROWS, columns: described },
)
if (!recipe) throw new Error(JSON.stringify(problems))

const started = performance.now()
const used = process.cpuUsage()
const seconds = () => ({
  wall: ((performance.now() - started) / 1000).toFixed(1),
  user: (process.cpuUsage(used).user / 1e6).toFixed(1),
})
let phase = ''
const result = await train({
  recipe,
  table: { rows: ROWS, columns: new Map(columns.map((column) => [column.name, column])) },
  threads: Number(threadsText),
  signal: new AbortController().signal,
  onProgress: async (progress) => {
    if (progress.phase !== phase) console.log(`${progress.phase} begins`, seconds())
    phase = progress.phase
  },
})
const hash = createHash('sha256')
for (const { value, feature, split, left } of result.forests)
  for (const { buffer, byteOffset, byteLength } of [value, feature, split, left])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength))
console.log('ends', seconds(), {
  megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  metrics: result.evaluation?.metrics,
  trees: result.forests.length > 0 ? hash.digest('hex').slice(0, 12) : null,
})
