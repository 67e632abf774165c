// `npx tsx bench/told.ts [noise] [weak] [clear]`: how far what is told of a version is from what it reaches on fresh rows,
// over ten seeds.

import type { Table, TableColumn } from '../src/datasets/table.ts'
import { Random } from '../src/evaluation/random.ts'
import { completeRecipe, RecipeInput } from '../src/recipe/index.ts'
import type { TableDescription } from '../src/recipe/table.ts'
import { executeBest } from '../src/training/candidates.ts'
import { encodeExamples } from '../src/training/data/examples.ts'
import { score } from '../src/training/score.ts'
import { membersOf } from '../src/training/train.ts'

const TRAINING = 300
const FRESH = 20_000
const SEEDS = 10

/** How the chance of one of two classes follows from four of six numbers between -1 and 1, as log odds. */
const FORMULAS: Record<string, (x: number, y: number, z: number, u: number) => number> = {
  noise: () => 0,
  weak: (x, y) => 0.6 * x - 0.4 * y,
  clear: (x, y, z, u) => 2 * x - 1.5 * y + 2 * z * u,
}
type Formula = (typeof FORMULAS)[string]

function rowsOf(
  formula: Formula,
  seed: number,
  rows: number,
): { table: Table; description: TableDescription } {
  const random = new Random(seed, `told ${rows}`)
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const columns = names.map(() => Float64Array.from({ length: rows }, () => random.next() * 2 - 1))
  const [a, b, c, d] = columns
  const label = Array.from({ length: rows }, (_, row) => {
    const [x = 0, y = 0, z = 0, u = 0] = [a, b, c, d].map((values) => values?.[row] ?? 0)
    const chance = 1 / (1 + Math.exp(-formula(x, y, z, u)))
    return random.next() < chance ? 'yes' : 'no'
  })
  const yes = label.filter((each) => each === 'yes').length
  return {
    table: {
      rows,
      columns: new Map<string, TableColumn>([
        ...names.map(
          (name, at) =>
            [name, { type: 'number' as const, values: columns[at] ?? new Float64Array() }] as const,
        ),
        ['label', { type: 'category' as const, values: label }] as const,
      ]),
    },
    description: {
      rows,
      columns: [
        ...names.map((name) => ({
          name,
          type: 'number' as const,
          missing: 0,
          distinct: rows,
          min: -1,
          max: 1,
        })),
        { name: 'label', type: 'category' as const, missing: 0, classes: { no: rows - yes, yes } },
      ],
    },
  }
}

/** Shares of right answers. */
interface Right {
  /** Among fresh rows. */
  fresh: number
  /**
   * The same if the fresh rows had the classes in the shares of the table. Folds and splits are drawn by class, so a model that
   * leans to the more frequent class of a table is right more often there than on fresh rows, whatever is chosen.
   */
  byShares: number
}

async function rightAnswers(
  formula: Formula,
  seed: number,
  model: NonNullable<Awaited<ReturnType<typeof executeBest>>['model']>,
): Promise<Right> {
  const { table } = rowsOf(formula, 1_000 + seed, FRESH)
  const all = Uint32Array.from({ length: FRESH }, (_, row) => row)
  const examples = await encodeExamples(model.encoder, ['label'], table, all, () => undefined)
  const { logits, truth } = score(membersOf(model), examples)
  const { target } = model.encoder
  const threshold = target.task === 'binary' ? target.threshold : 0.5
  const isRight = (row: number) => 1 / (1 + Math.exp(-(logits[row] ?? 0))) >= threshold === (truth[row] === 1)
  const shareOf = (rows: Uint32Array) => rows.filter(isRight).length / rows.length
  const [no = 0.5, yes = 0.5] = ('shares' in target && target.shares) || []
  return {
    fresh: shareOf(all),
    byShares:
      no * shareOf(all.filter((row) => truth[row] === 0)) +
      yes * shareOf(all.filter((row) => truth[row] === 1)),
  }
}

/** Trains the tables of a formula, and prints what is told of each and what is true. */
async function compare(name: string, formula: Formula): Promise<void> {
  const differences = { fresh: 0, byShares: 0 }
  let covered = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { table, description } = rowsOf(formula, seed, TRAINING)
    const { recipe } = completeRecipe(
      RecipeInput.parse({ target: 'label', seed, calibration: 'none' }),
      description,
    )
    if (!recipe) throw new Error('the recipe has problems')
    const result = await executeBest({
      recipe,
      table,
      run: { kind: 'whole' },
      onProgress: async () => {},
      signal: new AbortController().signal,
    })
    if (!result.model) throw new Error('no model')
    const told = result.evaluation?.metrics['accuracy'] ?? Number.NaN
    const { fresh, byShares } = await rightAnswers(formula, seed, result.model)
    const { low = 1, high = 0 } = result.evaluation?.interval95?.['accuracy'] ?? {}
    if (low <= fresh && fresh <= high) covered += 1
    differences.fresh += (told - fresh) / SEEDS
    differences.byShares += (told - byShares) / SEEDS
    console.log(
      `${name}, seed ${seed}: told ${told.toFixed(4)}, fresh rows ${fresh.toFixed(4)}, in the table's shares of classes ${byShares.toFixed(4)}, candidate ${result.choice?.chosen}`,
    )
  }
  const { fresh, byShares } = differences
  console.log(
    `${name}: told − fresh on average ${fresh.toFixed(4)}, in the table's shares ${byShares.toFixed(4)}; ${covered} of ${SEEDS} intervals cover`,
  )
}

const wanted = process.argv.slice(2)
for (const [name, formula] of Object.entries(FORMULAS))
  if (wanted.length === 0 || wanted.includes(name)) await compare(name, formula)
