// Trains without a recipe on the folds of the small tables that tables.py has written.

import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { z } from 'zod'
import { createDatasets } from '../../src/datasets/datasets.ts'
import { DatasetName } from '../../src/datasets/identity.ts'
import { keptTables } from '../../src/datasets/kept-tables.ts'
import { readOptions } from '../../src/datasets/read-options.ts'
import { loadPredictor, type Predictor } from '../../src/models/predictor.ts'
import { type CompleteRecipe, completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { createTrainer } from '../../src/training/trainer.ts'

const Cell = z.union([z.string(), z.number(), z.boolean().transform(String), z.null()])
/** A table as tables.py writes it. */
const FoldedTable = z.object({
  task: z.enum(['classes', 'regression']),
  folds: z.array(z.int()),
  rows: z.array(z.record(z.string(), Cell)),
})
export type FoldedTable = z.output<typeof FoldedTable>
type Row = FoldedTable['rows'][number]

/** What is measured on one fold: of each of its rows, by the model that did not see it. */
export const FoldMeasure = z.object({
  /** Absolute errors, or log losses. */
  losses: z.array(z.number()),
  /** Rows whose class was answered right; 0 for a regression. */
  right: z.int(),
  /** Time of the fit. */
  seconds: z.number(),
  /** What the version's warnings tell of its choice. */
  told: z.array(z.string()),
})
export type FoldMeasure = z.output<typeof FoldMeasure>

/** Smallest probability that a log loss is taken of, as for the other libraries. */
const LEAST = 1e-6

/** Files beside the tables: what was measured on them. */
const MEASURES = /^(?:peers|own-.*)\.json$/

/** Returns the names of the tables in a folder. */
export async function tableNames(folder: string): Promise<string[]> {
  const files = await readdir(folder)
  return files.flatMap((file) =>
    file.endsWith('.json') && !MEASURES.test(file) ? [basename(file, '.json')] : [],
  )
}

export async function readFolded(folder: string, name: string): Promise<FoldedTable> {
  return FoldedTable.parse(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')))
}

/** Trains in this process, over a store of its own. */
export async function openTrainer(folder: string) {
  const store = await createFolderStore(folder)
  const log = pino({ level: 'silent' })
  const datasets = createDatasets({ store, maxUploadBytes: 1e9, inUse: async () => null, log })
  const trainer = createTrainer(keptTables(store), { threads: 1 })
  return {
    /** Trains on rows. @param change what is changed in the recipe that the service completes */
    async fit(name: string, rows: readonly Row[], change: (recipe: CompleteRecipe) => object) {
      const { dataset } = await datasets.upload({
        name: DatasetName.parse(name),
        body: Readable.from([Buffer.from(csvOf(rows))]),
        gzip: false,
        options: readOptions({ format: 'csv' }),
      })
      const { recipe, problems } = completeRecipe(RecipeInput.parse({ target: 'target' }), dataset)
      if (!recipe) throw new Error(JSON.stringify(problems))
      const changed = completeRecipe(RecipeInput.parse({ ...recipe, ...change(recipe) }), dataset)
      if (!changed.recipe) throw new Error(JSON.stringify(changed.problems))
      const started = performance.now()
      const trained = await trainer({
        recipe: changed.recipe,
        dataset: dataset.id,
        run: { kind: 'whole' },
        onProgress: async () => {},
        signal: new AbortController().signal,
        checkpoints: { read: async () => [], save: async () => {} },
      })
      const file = (each: string) => Buffer.from(trained.files.get(each) ?? '')
      return {
        seconds: (performance.now() - started) / 1000,
        trained,
        predictor: loadPredictor({
          encoder: file('encoder.json'),
          model: file('model.json'),
          weights: file('weights.bin'),
        }),
      }
    },
    async close() {
      await datasets.close()
      await store.close()
    },
  }
}

/** Returns the number of a table's folds. */
export function foldsOf({ folds }: FoldedTable): number {
  return Math.max(...folds) + 1
}

/** Trains on all folds of a table but one, and measures the answers to its rows. */
export async function measureFold(
  trainer: Awaited<ReturnType<typeof openTrainer>>,
  name: string,
  { task, folds, rows }: FoldedTable,
  fold: number,
  change: (recipe: CompleteRecipe) => object = () => ({}),
): Promise<FoldMeasure> {
  const training = rows.filter((_, row) => folds[row] !== fold)
  const held = rows.filter((_, row) => folds[row] === fold)
  const { seconds, trained, predictor } = await trainer.fit(name, training, change)
  const answers = held.map((row) => judge(predictor, row, task))
  return {
    losses: answers.map(({ loss }) => loss),
    right: answers.filter(({ isRight }) => isRight).length,
    seconds,
    told: trained.warnings.flatMap(({ code, message }) => (code === 'overfitting' ? [] : [message])),
  }
}

function judge(predictor: Predictor, { target, ...given }: Row, task: FoldedTable['task']) {
  const row = Object.fromEntries(predictor.inputs.map(({ name }) => [name, given[name] ?? null]))
  const answer = predictor.predict(row)
  if (task === 'regression') {
    if (!('value' in answer)) throw new Error('no number was answered')
    return { loss: Math.abs(answer.value - Number(target)), isRight: false }
  }
  if (!('label' in answer)) throw new Error('no class was answered')
  const share = answer.probabilities[String(target)] ?? 0
  return { loss: -Math.log(Math.max(LEAST, share)), isRight: answer.label === String(target) }
}

/** Writes rows as a CSV file. */
function csvOf(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {})
  const quoted = (cell: string | number | null | undefined) =>
    cell === null || cell === undefined ? '' : `"${String(cell).replaceAll('"', '""')}"`
  return [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((cells) => cells.map(quoted).join(','))
    .join('\n')
}
