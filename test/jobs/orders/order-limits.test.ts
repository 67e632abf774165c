import { expect, it } from 'vitest'
import { checkOrder } from '../../../src/jobs/orders/order.ts'
import { checks } from '../fixture.ts'

const order = (recipe: object, options: object = {}) => ({
  model: 'm',
  dataset: 'reviews',
  recipe,
  ...options,
})
/** Small and quick to estimate: what is too large is only the number of its parts. */
const small = { encoder: { type: 'multiHot', numWords: 10 }, layers: [{ units: 1 }] }

/** Returns the problems of an order; none if it is taken. */
async function problemsOf(body: object, memory?: { mb: number; source: string }) {
  return checkOrder({ ...checks, memory }, body).then(
    () => [],
    (error: { problems: { path: string; message: string }[] }) => error.problems,
  )
}

it('takes 50,000 networks in all, and tells how many more there would be', async () => {
  // 2 candidates × 50 folds × 10 repeats × 50 members.
  const validation = { kFold: 50, repeats: 10 }
  const candidates = [{ epochs: 2 }]
  expect(await problemsOf(order({ ...small, validation, candidates, ensemble: 50 }))).toEqual([])
  expect(await problemsOf(order({ ...small, validation, candidates, ensemble: 51 }))).toEqual([
    {
      path: '/recipe',
      message: expect.stringMatching(
        /^The job would fit 51,000 networks in all .* at most 50,000\. Use fewer/,
      ),
    },
  ])
  const trials = {
    type: 'random',
    trials: 20,
    over: { epochs: Array.from({ length: 20 }, (_, at) => at + 1) },
  }
  expect(
    await problemsOf(order({ ...small, validation: { kFold: 50 }, search: trials, ensemble: 51 })),
  ).toEqual([{ path: '/recipe', message: expect.stringContaining('51,000 networks') }])
})

it('takes a year of training, estimated for all folds and epochs together', async () => {
  const layers = [{ units: 1_000 }, { units: 1_000 }, { units: 1_000 }]
  const long = { ...small, layers, epochs: 1_000_000, batchSize: 1 }
  expect(await problemsOf(order({ ...long, epochs: 10_000, validation: { split: 0.5 } }))).toEqual([])
  expect(await problemsOf(order({ ...long, validation: { kFold: 50, repeats: 10 } }))).toEqual([
    {
      path: '/recipe/epochs',
      message: expect.stringMatching(/ estimated at [0-9,]+ s in all, .* 31,536,000 s\./),
    },
  ])
})

it('takes memory up to four times a limit, since the estimate may be wrong by a factor of three', async () => {
  // 16 million parameters take 24 bytes each, and the process 550 MB: 934 MB.
  const layers = [{ units: 4_000 }, { units: 4_000 }]
  const recipe = { ...small, layers }
  const of = (memoryMb: number) => problemsOf(order(recipe, { limits: { memoryMb } }))
  expect(await of(300)).toEqual([])
  expect(await of(100)).toEqual([
    {
      path: '/recipe',
      message: expect.stringMatching(
        / at [0-9,]+ MB, more than 4 times the 100 MB of "limits.memoryMb"\. Use/,
      ),
    },
  ])
  expect(await problemsOf(order(recipe), { mb: 300, source: 'JOB_MEMORY' })).toEqual([])
  expect(await problemsOf(order(recipe), { mb: 100, source: 'JOB_MEMORY' })).toMatchObject([
    { message: expect.stringContaining('the 100 MB of JOB_MEMORY') },
  ])
})
