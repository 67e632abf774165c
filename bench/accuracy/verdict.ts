// How fitserve's losses on a table compare with those of other libraries.

import type { PeerFold } from './kept.ts'
import type { FoldMeasure } from './tables.ts'

/** The mean loss over rows. */
interface Mean {
  loss: number
  /** Standard error of the mean over the rows. */
  error: number
}

export interface Verdict {
  own: Mean
  /** By model. */
  others: Record<string, Mean>
  /** The best other model; undefined where there is none. */
  best: string | undefined
  /**
   * How much worse fitserve is than the best other one, in standard errors of the mean of the rows' own differences, which
   * says whether it is chance; negative where it is better.
   */
  apart: number
  kind: 'best' | 'within a standard error' | 'worse'
  /** Time of fitserve's fits. */
  seconds: number
}

/** Columns of the other libraries; of two linear models the better one is shown. */
const COLUMNS: Record<string, readonly string[]> = {
  'hist. boosting': ['histGradientBoosting'],
  LightGBM: ['lightgbm'],
  'random forest': ['randomForest'],
  'extra trees': ['extraTrees'],
  linear: ['logistic', 'ridge', 'lasso'],
}

/** Measures fitserve on the folds of a table by the other libraries on the same folds. */
export function verdictOn(own: readonly FoldMeasure[], peers: Record<string, readonly PeerFold[]>): Verdict {
  const losses = own.flatMap((fold) => fold.losses)
  const others = Object.entries(peers).map(
    ([model, folds]) => [model, folds.slice(0, own.length).flatMap((fold) => fold.losses)] as const,
  )
  const means = Object.fromEntries(others.map(([model, each]) => [model, meanOf(each)]))
  const [best] = Object.entries(means).sort(([, a], [, b]) => a.loss - b.loss)
  const mean = meanOf(losses)
  const bestLosses = others.find(([model]) => model === best?.[0])?.[1] ?? []
  const difference = meanOf(losses.map((loss, row) => loss - (bestLosses[row] ?? Number.NaN)))
  const behind = best ? mean.loss - best[1].loss : Number.NEGATIVE_INFINITY
  return {
    own: mean,
    others: means,
    best: best?.[0],
    apart: difference.loss / difference.error,
    kind: behind <= 0 ? 'best' : behind <= (best?.[1].error ?? 0) ? 'within a standard error' : 'worse',
    seconds: own.reduce((sum, fold) => sum + fold.seconds, 0),
  }
}

function meanOf(values: readonly number[]): Mean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return { loss: mean, error: Math.sqrt(variance / values.length) }
}

/** Returns the head of the table of figures. */
export function headOf(): string {
  const names = ['table', 'fitserve', ...Object.keys(COLUMNS), 'verdict', 'apart', 'seconds']
  return `| ${names.join(' | ')} |\n|${' --- |'.repeat(names.length)}`
}

/** Returns the figures of a table: mean losses, the best other one with its standard error. */
export function lineOf(name: string, { own, others, best, kind, apart, seconds }: Verdict): string {
  const shown = Object.values(COLUMNS).map((models) => {
    const [first] = models
      .flatMap((model) => (others[model] ? [{ model, ...others[model] }] : []))
      .sort((a, b) => a.loss - b.loss)
    if (!first) return ''
    return first.model === best ? withError(first) : digits(first.loss)
  })
  const cells = [name, withError(own), ...shown, kind, apart.toFixed(1), seconds.toFixed(0)]
  return `| ${cells.join(' | ')} |`
}

/** Says on how many tables fitserve is best, or not a standard error behind the best, for tables and for texts. */
export function summaryOf(verdicts: readonly { name: string; verdict: Verdict }[]): string {
  const isText = ({ name }: { name: string }) => name.startsWith('text-')
  const groups = {
    tables: verdicts.filter((each) => !isText(each)),
    'text sets': verdicts.filter(isText),
  }
  return Object.entries(groups)
    .filter(([, group]) => group.length > 0)
    .map(([what, group]) => {
      const count = (kind: Verdict['kind']) => group.filter(({ verdict }) => verdict.kind === kind).length
      const near = count('best') + count('within a standard error')
      return `Best or within a standard error of the best: ${near} of ${group.length} ${what}, best on ${count('best')}.`
    })
    .join('\n')
}

function withError({ loss, error }: Mean): string {
  return `${digits(loss)} ± ${error.toPrecision(2)}`
}

function digits(value: number): string {
  return Number(value.toPrecision(4)).toString()
}
