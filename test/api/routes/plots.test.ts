import { expect, it, onTestFinished } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { historyOf } from '../../../src/evaluation/history.ts'
import type { PlotTask } from '../../../src/evaluation/plots/messages.ts'
import { asker, problemOf } from '../ask.ts'
import { EXPLANATION, JOB, PREDICTION, stubApp } from '../stubs.ts'

const HISTORY = historyOf([{ loss: 1, valLoss: 2 }], 'valLoss')
const RECIPE = { target: 'label', loss: { type: 'binaryCrossentropy' } }
const VERSION = '/models/imdb/versions/production/plots'
type Overrides = NonNullable<Parameters<typeof stubApp>[0]>

/** An API that keeps what it was asked to draw. */
async function drawing({
  models,
  jobs,
  inspections,
}: Pick<Overrides, 'models' | 'jobs' | 'inspections'> = {}) {
  const drawn: PlotTask[] = []
  const app = await stubApp({
    models: {
      manifest: async () => ({ files: {}, recipe: RECIPE }),
      readArtifact: async (_name, _entry, file) =>
        file === 'history.json' ? Buffer.from(JSON.stringify(HISTORY)) : undefined,
      ...models,
    },
    jobs: {
      get: async () => ({ ...JOB, recipe: RECIPE as typeof JOB.recipe }),
      history: async () => HISTORY,
      ...jobs,
    },
    ...(inspections && { inspections }),
    plots: {
      prepare: (task: PlotTask) => {
        drawn.push(task)
        return { digest: `${task.name}-${task.format}`, draw: async () => Buffer.from('drawn') }
      },
    },
  })
  onTestFinished(() => app.close())
  return { ask: asker(app), drawn }
}

it('a plot is drawn from the results of its version', async () => {
  const { ask, drawn } = await drawing()
  const { status, text, headers } = await ask(`${VERSION}/loss.svg?theme=dark`)
  expect([status, text, headers['content-type'], headers['etag'], headers['cache-control']]).toEqual([
    200,
    'drawn',
    'image/svg+xml',
    '"loss-svg"',
    'private, no-cache',
  ])
  expect(drawn).toEqual([
    {
      name: 'loss',
      format: 'svg',
      theme: 'dark',
      data: {
        subject: 'imdb, version 2',
        loss: 'binaryCrossentropy',
        target: 'label',
        history: HISTORY,
        evaluation: null,
        explanation: null,
        feature: null,
      },
    },
  ])
})

it('a plot of a version whose recipe says nothing speaks of the loss and the target', async () => {
  for (const recipe of [{}, { target: 'label' }, { loss: { type: 'mse' } }, undefined]) {
    const manifest = async () => ({ files: {}, ...(recipe && { recipe }) }) as never
    const { ask, drawn } = await drawing({ models: { manifest } })
    expect((await ask(`${VERSION}/loss.png`)).status).toBe(200)
    expect(drawn).toMatchObject([{ data: { loss: 'loss', target: 'the target' } }])
  }
})

it('a plot of several targets names them all', async () => {
  const manifest = async () => ({ files: {}, recipe: { ...RECIPE, target: ['a', 'b'] } }) as never
  const { ask, drawn } = await drawing({ models: { manifest } })
  await ask(`${VERSION}/loss.png`)
  expect(drawn[0]?.data.target).toBe('a, b')
})

it('a version without results has no plots', async () => {
  const { ask, drawn } = await drawing({ models: { readArtifact: async () => undefined } })
  expect(problemOf(await ask(`${VERSION}/loss.svg`), 404, 'not-found').detail).toContain('None exists yet.')
  expect(drawn).toEqual([])
})

it('a plot of a feature has its name, and the explanation but for its slices', async () => {
  const asked: unknown[] = []
  const explanation = async (...given: unknown[]) => {
    asked.push(given.slice(0, 2))
    return EXPLANATION
  }
  const { ask, drawn } = await drawing({ inspections: { explanation } })
  expect((await ask(`${VERSION}/feature-length.svg`)).status).toBe(200)
  expect(asked).toEqual([['imdb', 2]])
  const { slices: _, ...rest } = EXPLANATION
  expect(drawn[0]?.data).toMatchObject({ feature: 'length', explanation: rest })
  expect(drawn[0]?.data.explanation).not.toHaveProperty('slices')
})

it('a picture that a client has is not drawn, whichever of several it names', async () => {
  const { ask } = await drawing()
  const known = (header: string) =>
    ask({ url: `${VERSION}/loss.svg`, headers: { 'if-none-match': header } }).then(({ status }) => status)
  expect(await known('"loss-svg"')).toBe(304)
  expect(await known(' W/"other" ,  W/"loss-svg" ')).toBe(304)
  expect(await known('*')).toBe(304)
  for (const header of ['"loss-png"', 'loss-svg', '"W/loss-svg"', '""', 'W/W/"loss-svg"'])
    expect([header, await known(header)]).toEqual([header, 200])
})

it('a plot of a job is drawn from its history and from the version that it made', async () => {
  const entries: unknown[] = []
  const entry = async (...given: unknown[]) => {
    entries.push(given)
    return { version: 5 } as never
  }
  const done = { ...JOB, recipe: RECIPE as typeof JOB.recipe, version: 5 }
  const { ask, drawn } = await drawing({ models: { entry }, jobs: { get: async () => done } })
  expect((await ask(`/jobs/${JOB.id}/plots/loss.svg`)).status).toBe(200)
  expect(entries).toEqual([['imdb', 5]])
  expect(drawn).toMatchObject([
    {
      data: {
        subject: `imdb, job ${JOB.id}`,
        loss: 'binaryCrossentropy',
        target: 'label',
        history: HISTORY,
        evaluation: null,
        explanation: null,
        feature: null,
      },
    },
  ])
})

it('a job without a version asks for none', async () => {
  const { ask } = await drawing({
    models: {
      entry: () => {
        throw new Error('was asked for')
      },
    },
  })
  expect((await ask(`/jobs/${JOB.id}/plots/loss.svg`)).status).toBe(200)
})

it.each(['unknown-model', 'unknown-version'] as const)(
  'a job whose version is gone (%s) has the plots of its history',
  async (code) => {
    const done = { ...JOB, recipe: RECIPE as typeof JOB.recipe, version: 5 }
    const entry = async () => {
      throw new FitserveError(code, 'It is gone.')
    }
    const { ask } = await drawing({ models: { entry }, jobs: { get: async () => done } })
    expect((await ask(`/jobs/${JOB.id}/plots/loss.svg`)).status).toBe(200)
  },
)

it('a job whose version cannot be read is refused, since plots may be missing', async () => {
  const done = { ...JOB, recipe: RECIPE as typeof JOB.recipe, version: 5 }
  const entry = async () => {
    throw new FitserveError('store-unavailable', 'The store is away.')
  }
  const { ask } = await drawing({ models: { entry }, jobs: { get: async () => done } })
  problemOf(await ask(`/jobs/${JOB.id}/plots/loss.svg`), 503, 'store-unavailable')
})

it('a prediction has no plots', async () => {
  const { ask } = await drawing({ jobs: { get: async () => PREDICTION } })
  const { detail } = problemOf(await ask(`/jobs/${PREDICTION.id}/plots/loss.svg`), 404, 'not-found')
  expect(detail).toContain(`imdb, prediction ${PREDICTION.id}`)
  expect(detail).toContain('None exists yet.')
})

it('an evaluation that cannot be read is refused by its name', async () => {
  const readArtifact = async (_name: string, _entry: unknown, file: string) =>
    Buffer.from(file === 'history.json' ? JSON.stringify(HISTORY) : '{}')
  const { ask } = await drawing({ models: { readArtifact } })
  const { detail } = problemOf(await ask(`${VERSION}/loss.svg`), 500, 'corrupt-artifact')
  expect(detail).toBe('The file evaluation.json of the version is of an unknown format.')
})
