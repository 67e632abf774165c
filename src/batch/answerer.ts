/*
 * The entry point of batch predictions: the rows of a data set are read chunk by chunk, answered by one version, and
 * written to a file, so that memory is that of the version and a chunk. Rows are checked and answered by the code that
 * answers `/predict`, so both give the same. It runs in the child process of a worker and knows neither jobs nor the
 * queue (`src/jobs/attempt/prediction-work.ts` calls it through `src/prediction-contract.ts`).
 *
 * Start here. loaded-version.ts keeps the version in memory, rows.ts makes rows of columns, and result-file.ts chooses
 * the writer by the file's format.
 */
import type { OpenTable } from '../datasets/kept-tables.ts'
import { type RowChunk, readRowRange } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import { type Answerer, type AnswerInput, answerColumns, type JoinInput } from '../prediction-contract.ts'
import { columnFinder } from '../recipe/table.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { streamToFile } from '../runtime/stream-to-file.ts'
import type { NotedPrediction, RowError } from '../serving/contract.ts'
import { isFiniteAnswer, notFinite } from '../serving/finite.ts'
import { predictRows } from '../serving/predict-rows.ts'
import type { ServedVersion } from '../serving/served-version.ts'
import { LoadedVersion } from './loaded-version.ts'
import { joinParquet } from './parquet-file.ts'
import { openResultFile } from './result-file.ts'
import { rowsOf } from './rows.ts'

/** What an answerer reads from. */
export interface AnswererDependencies {
  models: Pick<ModelRegistry, 'readArtifacts'>
  /** Returns the local copy of a data set; undefined if it is not there. */
  table: OpenTable
}

/** Creates an answerer. It keeps the version that it used last for a moment, since ranges follow one another. */
export function createAnswerer({ models, table }: AnswererDependencies): Answerer {
  const loaded = new LoadedVersion(models)
  return {
    answer: (input) => loaded.use(input.model, input.version, (served) => answer(table, served, input)),
    join,
  }
}

async function answer(
  table: AnswererDependencies['table'],
  served: ServedVersion,
  { dataset, range, shape, file, onRows, signal }: AnswerInput,
): Promise<{ failed: number }> {
  const kept = await table(dataset)
  if (!kept) throw new FitserveError('unknown-dataset', `The data set ${dataset} is no longer there.`)
  const { predictor } = served
  const columnOf = columnFinder(kept.description)
  const inputs = predictor.inputs.map(({ name }) => name)
  const writer = await openResultFile(file, {
    kept: shape.columns.map((name) => ({ name, type: columnOf(name)?.type ?? 'text' })),
    answer: answerColumns(predictor.task, [...predictor.classes, ...predictor.targets], shape),
    format: shape.format,
    isFirst: range.from === 0,
  })
  let done = 0
  let failed = 0
  try {
    // A column that is kept and an input is read once.
    const names = [...new Set([...inputs, ...shape.columns])]
    const place = new Map(names.map((name, index) => [name, index]))
    const cellsOf = (chunk: RowChunk, name: string) => chunk.columns[place.get(name) ?? -1] ?? []
    for await (const chunk of ahead(readRowRange(kept.file, kept.description, names, range))) {
      signal.throwIfAborted()
      const cells = inputs.map((name) => cellsOf(chunk, name))
      const answers = await predictRows(served, rowsOf(inputs, cells, chunk.rows), {
        form: 'features',
        path: '',
        single: false,
        onError: 'row',
        anySize: true,
        notes: shape.notes,
        uncertainty: shape.uncertainty,
      })
      const finite = answers.map(finiteOrError)
      for (const each of finite) if ('error' in each) failed += 1
      await writer.write({
        rows: chunk.rows,
        kept: shape.columns.map((name) => cellsOf(chunk, name)),
        answers: finite,
      })
      done += chunk.rows
      await onRows(done)
    }
    await writer.finish()
    return { failed }
  } finally {
    await writer.close()
  }
}

/** Replaces an answer that no file can hold by the error that `/predict` gives for it. */
function finiteOrError(answer: NotedPrediction | RowError): NotedPrediction | RowError {
  if ('error' in answer || isFiniteAnswer(answer)) return answer
  return { error: { message: notFinite().message, errors: [] } }
}

/** Yields the items of the source. The next item is requested before the current one is handled. */
async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  const begin = () => {
    const next = source.next()
    // It is awaited below, unless the loop ends before.
    next.catch(() => undefined)
    return next
  }
  try {
    for (let next = begin(); ; ) {
      const { done, value } = await next
      if (done) return
      next = begin()
      yield value
    }
  } finally {
    await source.return(undefined)
  }
}

async function join(input: JoinInput): Promise<void> {
  const { format, parts, file, signal } = input
  if (format === 'parquet') return joinParquet(input)
  for (const open of parts) {
    signal.throwIfAborted()
    await streamToFile(file, await open(), { flags: 'a', signal })
  }
}
