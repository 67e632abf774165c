/** The goal of one comparison, and the aim beyond it. */
export interface Goal {
  id: string
  work: string
  against: string
  /** In the chart, in few words. */
  label: string
  /** `times`: a ratio in fitserve's favour; the others are fitserve's own figures. */
  unit: 'times' | 'of its pace' | 'rows/s' | 'MB' | 'ms' | 's'
  better: 'higher' | 'lower'
  /** null: told for information. */
  reach: number | null
  aim: number | null
}

type Told = Pick<Goal, 'unit' | 'better'>
const TIMES: Told = { unit: 'times', better: 'higher' }
const PACE: Told = { unit: 'of its pace', better: 'higher' }
const TIMES_ITS: Told = { unit: 'times', better: 'lower' }

const REVIEW = '`/predict`, one review'
const IMDB = "the book's IMDB job, from upload to served version"
const CALIFORNIA = 'California with the default recipe'
const GROWTH = 'from 250 thousand to 1 million reviews'
const HOUSE = '`/predict`, one house'
const TABLE = '800,000 × 21 numbers without a recipe'
const DEFAULT = '`/predict` by the model that no recipe gives'
const BOSTON = "the book's Boston k-fold"

/** Name of a measured work in the chart. */
const LABELS: Readonly<Record<string, string>> = {
  [REVIEW]: 'review',
  [HOUSE]: 'house',
  [IMDB]: 'IMDB job',
  [BOSTON]: 'Boston k-fold',
  [CALIFORNIA]: 'California',
}

const goal = (id: string, work: string, against: string, told: Told, reach?: number, aim?: number): Goal => ({
  id,
  work,
  against,
  ...told,
  label: `${LABELS[work] ?? work}: ${against.replaceAll('`', '')}`,
  reach: reach ?? null,
  aim: aim ?? null,
})

/** All comparisons, in the order of the report. */
export const GOALS: readonly Goal[] = [
  goal('review-bare', REVIEW, 'bare Fastify route', PACE, 0.75, 0.85),
  goal('review-keras', REVIEW, 'FastAPI + Keras, traced call', TIMES, 15, 25),
  goal('review-mlserver', REVIEW, 'MLServer + scikit-learn', TIMES, 15, 25),
  goal('review-sklearn', REVIEW, 'FastAPI + scikit-learn', TIMES),
  goal('review-keras-call', REVIEW, 'FastAPI + Keras, plain call', TIMES),
  goal('review-keras-predict', REVIEW, 'FastAPI + Keras, `model.predict`', TIMES),
  goal('house-bare', HOUSE, 'bare Fastify route', PACE, 0.85, 0.92),
  goal(
    'busy-p99',
    'p99 of `/predict` while a job trains and a version swaps',
    'p99 at rest',
    { unit: 'times', better: 'lower' },
    2,
    1.3,
  ),
  goal(
    'stream-pace',
    'NDJSON stream of 1,000,000 reviews, one core',
    '',
    { unit: 'rows/s', better: 'higher' },
    25_000,
    50_000,
  ),
  goal('stream-memory', 'growth of memory in that stream', '', { unit: 'MB', better: 'lower' }, 50),
  goal('imdb-time', IMDB, 'Python Keras, time', TIMES, 4, 8),
  goal('imdb-memory', IMDB, 'Python Keras, memory', TIMES, 3, 4),
  goal('boston-time', BOSTON, "Keras's step × 121,200", TIMES, 10, 30),
  goal('california-time', CALIFORNIA, 'H2O deep learning, time', TIMES, 3, 10),
  goal('california-mae', CALIFORNIA, 'H2O deep learning, error', TIMES, 1),
  goal('california-gbm', CALIFORNIA, 'H2O GBM, time', TIMES),
  goal('california-gbm-mae', CALIFORNIA, 'H2O GBM, error', TIMES),
  goal('growth-time', `time per row, ${GROWTH}`, 'linear is 1', { unit: 'times', better: 'lower' }, 1.2),
  goal(
    'growth-memory',
    `memory, ${GROWTH}`,
    'as many times as rows is 1',
    { unit: 'times', better: 'lower' },
    1,
  ),
  goal('growth-peak', 'memory of 1 million reviews', '', { unit: 'MB', better: 'lower' }, 4096),
  goal('load', 'load of a model of 10,000 words', '', { unit: 'ms', better: 'lower' }, 100),
  goal(
    'swap-pause',
    'pause of the event loop by a swap, 1 million n-grams',
    '',
    { unit: 'ms', better: 'lower' },
    10,
  ),
  goal('upload-csv', 'upload of 1,000,000 × 21 numbers as CSV, time', 'DuckDB to Parquet', TIMES_ITS, 4, 2),
  goal('upload-ndjson', 'the same as NDJSON, time', 'DuckDB to Parquet', TIMES_ITS, 2),
  goal('upload-parquet', 'the same as Parquet, time', 'DuckDB to Parquet', TIMES_ITS, 2),
  goal('upload-reviews', 'upload of 1,000,000 reviews as CSV, time', 'DuckDB to Parquet', TIMES_ITS, 3, 1.5),
  goal('table-time', TABLE, 'LightGBM, 500 trees of 63 leaves, time', TIMES_ITS, 5, 2),
  goal('table-rmse', TABLE, 'LightGBM, error', TIMES_ITS, 1),
  goal('default-imdb', `${DEFAULT}, a review of IMDB`, 'bare Fastify route', PACE, 0.4, 0.6),
  goal('default-nsmc', `${DEFAULT}, a review of NSMC`, 'bare Fastify route', PACE, 0.4),
  goal('default-reuters', `${DEFAULT}, a newswire`, 'bare Fastify route', PACE, 0.5),
  goal('default-california', `${DEFAULT}, a house`, 'bare Fastify route', PACE, 0.85),
  goal('models-p99', 'p99 of `/predict`, 1,000 models asked in turn', 'p99 with one model', TIMES_ITS, 1.5),
  goal(
    'models-cold',
    'first answer of a version that is not in memory, 10,000 words',
    '',
    { unit: 'ms', better: 'lower' },
    60,
  ),
  goal('start', 'API from start to ready', '', { unit: 's', better: 'lower' }, 0.7, 0.4),
  goal('start-memory', 'memory of the API after that', '', { unit: 'MB', better: 'lower' }, 130, 100),
]

export type Verdict = 'aim reached' | 'reached' | 'not reached' | 'for information'

/** Tells what a measured value means for a goal. */
export function verdict({ better, reach, aim }: Goal, value: number): Verdict {
  const meets = (bound: number | null) =>
    bound !== null && (better === 'higher' ? value >= bound : value <= bound)
  if (reach === null) return 'for information'
  if (meets(aim)) return 'aim reached'
  return meets(reach) ? 'reached' : 'not reached'
}
