import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/api/route-config.ts'
import { FitserveError } from '../../src/errors.ts'
import { historyOf } from '../../src/evaluation/history.ts'
import type { PlotTask } from '../../src/evaluation/plots/messages.ts'
import { classified } from '../evaluation/plots/plot-data.ts'
import { asker, problemOf } from './ask.ts'
import { EXPLANATION, JOB, stubApp } from './stubs.ts'

const history = historyOf([{ loss: 1, valLoss: 2, accuracy: 0.5 }], 'valLoss')
const files = new Map([
  ['history.json', JSON.stringify(history)],
  ['evaluation.json', JSON.stringify(classified(['no', 'yes']).evaluation)],
])
const recipe = { target: 'label', loss: { type: 'binaryCrossentropy' } }
const running = { ...JOB, recipe: recipe as typeof JOB.recipe }
const jobs = { get: async () => running, history: async () => history }
const readArtifact = async (_name: string, _entry: unknown, file: string) => {
  const content = files.get(file)
  return content === undefined ? undefined : Buffer.from(content)
}
const models = { readArtifact, manifest: async () => ({ files: {}, recipe }) }

let asked: PlotTask[] = []
const plots = {
  prepare: (task: PlotTask) => ({
    digest: `${task.name}-${task.theme}-${task.format}`,
    async draw() {
      asked.push(task)
      return Buffer.from(task.format === 'svg' ? '<svg/>' : 'png')
    },
  }),
}

let app: App
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  app = await stubApp({ jobs, models, plots })
  ask = asker(app)
})
afterAll(() => app.close())

const VERSION = '/models/imdb/versions/production/plots'

describe('plots', () => {
  it.each([
    ['loss.svg', 'image/svg+xml', '<svg/>'],
    ['accuracy.png', 'image/png', 'png'],
    ['confusion.svg?theme=dark', 'image/svg+xml', '<svg/>'],
    ['reliability.png?theme=light', 'image/png', 'png'],
  ])('of a version are served as %s', async (file, type, text) => {
    asked = []
    const answer = await ask(`${VERSION}/${file}`)
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, type, text])
    expect(asked).toMatchObject([
      {
        theme: file.includes('dark') ? 'dark' : 'light',
        data: { subject: 'imdb, version 2', loss: 'binaryCrossentropy', target: 'label' },
      },
    ])
  })

  it('are not drawn again for a client that has them', async () => {
    const { etag, 'cache-control': cache } = (await ask(`${VERSION}/roc.png`)).headers
    expect([etag, cache]).toEqual(['"roc-light-png"', 'private, no-cache'])
    asked = []
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await ask({ url: `${VERSION}/roc.png`, headers: { 'if-none-match': known } })
      expect([answer.status, answer.text, answer.headers['etag']]).toEqual([304, '', etag])
    }
    expect(asked).toEqual([])
    const other = await ask({ url: `${VERSION}/roc.png?theme=dark`, headers: { 'if-none-match': etag } })
    expect(other.status).toBe(200)
  })

  it.each([
    'kfold.svg',
    'loss.gif',
    'loss',
    '.svg',
    'nothing.png',
    'residuals.svg',
    'constructor.svg',
    '%2e%2e.svg',
  ])('that do not exist are refused with a list of those that do: %s', async (file) => {
    const { detail } = problemOf(await ask(`${VERSION}/${file}`), 404, 'not-found')
    const known = ['loss', 'accuracy', 'confusion', 'roc', 'pr', 'reliability']
    const files = known.flatMap((name) => [`${name}.svg`, `${name}.png`])
    expect(detail).toContain(`Known: ${files.join(', ')}.`)
  })

  it('of the explanation are drawn from it, and no others ask for it', async () => {
    asked = []
    for (const file of ['importance.svg', 'terms.png?theme=dark', 'loss.svg'])
      expect((await ask(`${VERSION}/${file}`)).status).toBe(200)
    // Nobody draws the slices, of which there may be thousands.
    const { slices: _, ...drawn } = EXPLANATION
    expect(asked.map(({ name, data }) => [name, data.explanation])).toEqual([
      ['importance', drawn],
      ['terms', drawn],
      ['loss', null],
    ])
  })

  it('of an explanation without terms are refused', async () => {
    const explanation = async () => ({ ...EXPLANATION, terms: null })
    const own = await stubApp({ jobs, models, plots, inspections: { explanation } })
    const { detail } = problemOf(await asker(own)(`${VERSION}/terms.svg`), 404, 'not-found')
    const known = ['importance.svg', 'importance.png', 'feature-length.svg', 'feature-length.png']
    expect(detail).toContain(`${known.join(', ')}.`)
    await own.close()
  })

  it('of a feature are named by it, percent-encoded where needed', async () => {
    const names = ['length', 'a/b c.svg', '값', '100%', '', '__proto__', '?x=1#y', '..']
    const curves = names.map((feature) => ({
      feature,
      names: ['pos'],
      points: [{ value: 1, outputs: [0.5] }],
    }))
    const explanation = async () => ({ ...EXPLANATION, curves })
    const own = await stubApp({ jobs, models, plots, inspections: { explanation } })
    asked = []
    for (const name of names) {
      const answer = await asker(own)(`${VERSION}/feature-${encodeURIComponent(name)}.svg`)
      expect([name, answer.status]).toEqual([name, 200])
    }
    expect(asked.map(({ name, data }) => [name, data.feature])).toEqual(
      names.map((name) => ['feature', name]),
    )
    await own.close()
  })

  it.each(['feature-other.svg', 'feature-text.png', 'feature-.svg'])(
    'of a feature without a curve are refused with those that have one: %s',
    async (file) => {
      const { detail } = problemOf(await ask(`${VERSION}/${file}`), 404, 'not-found')
      expect(detail).toContain('Known: feature-length.svg, feature-length.png.')
    },
  )

  it.each(['feature.svg', 'feature-length', 'feature-length.gif'])(
    'of a feature need its name and a format: %s',
    async (file) => {
      problemOf(await ask(`${VERSION}/${file}`), 404, 'not-found')
    },
  )

  it('of a version that cannot be explained are refused with the reason', async () => {
    const explanation = async () => {
      throw new FitserveError('not-found', 'It held out no rows.')
    }
    const own = await stubApp({ jobs, models, plots, inspections: { explanation } })
    const { detail } = problemOf(await asker(own)(`${VERSION}/importance.svg`), 404, 'not-found')
    expect(detail).toBe('It held out no rows.')
    await own.close()
  })

  it('name the importance among those that exist, where the version held out rows', async () => {
    const manifest = async () => ({ files: { 'held-out.json': { sha256: 'a', bytes: 1 } }, recipe })
    const own = await stubApp({ jobs, models: { ...models, manifest }, plots })
    const { detail } = problemOf(await asker(own)(`${VERSION}/nothing.svg`), 404, 'not-found')
    expect(detail).toContain('reliability.png, importance.svg, importance.png.')
    await own.close()
  })

  it('have two themes', async () => {
    const problem = problemOf(await ask(`${VERSION}/loss.svg?theme=blue`), 400, 'invalid-query')
    expect(problem.errors?.[0]?.message).toMatch(/light.*dark/)
    problemOf(await ask(`${VERSION}/loss.svg?width=5`), 400, 'invalid-query')
  })

  it('of an unknown model or version are refused like it', async () => {
    problemOf(await ask('/models/other/versions/1/plots/loss.svg'), 404, 'unknown-model')
    problemOf(await ask('/models/imdb/versions/9/plots/loss.svg'), 404, 'unknown-version')
  })

  it('of a damaged file are refused with its name', async () => {
    const damaged = async () => Buffer.from('{"epochs":"all"}')
    const own = await stubApp({ jobs, plots, models: { ...models, readArtifact: damaged } })
    const { detail } = problemOf(await asker(own)(`${VERSION}/loss.svg`), 500, 'corrupt-artifact')
    expect(detail).toContain('history.json')
    await own.close()
  })
})

describe("a job's plots", () => {
  const url = (file: string) => `/jobs/${JOB.id}/plots/${file}`

  it('are drawn from the history so far', async () => {
    asked = []
    expect((await ask(url('loss.png'))).headers['content-type']).toBe('image/png')
    expect(asked).toMatchObject([{ data: { subject: `imdb, job ${JOB.id}`, history, evaluation: null } }])
    const { detail } = problemOf(await ask(url('roc.svg')), 404, 'not-found')
    expect(detail).toContain('Known: loss.svg, loss.png, accuracy.svg, accuracy.png.')
    for (const file of ['importance.svg', 'feature-length.svg'])
      problemOf(await ask(url(file)), 404, 'not-found')
  })

  it('are refused before the first epoch', async () => {
    const early = { ...jobs, history: async () => historyOf([], 'valLoss') }
    const own = await stubApp({ jobs: early, models, plots })
    const { detail } = problemOf(await asker(own)(url('loss.svg')), 404, 'not-found')
    expect(detail).toContain('None exists yet.')
    await own.close()
  })

  it('are those of its version once it has one, and of the history alone when that was deleted', async () => {
    const completed = async () => ({ ...running, state: 'completed' as const, version: 2 })
    const own = await stubApp({ jobs: { ...jobs, get: completed }, models, plots })
    expect((await asker(own)(url('roc.svg'))).status).toBe(200)
    await own.close()
    const entry = async () => {
      throw new FitserveError('unknown-version', '"imdb" has no version 2.')
    }
    const deleted = await stubApp({ jobs: { ...jobs, get: completed }, models: { ...models, entry }, plots })
    expect((await asker(deleted)(url('loss.svg'))).status).toBe(200)
    problemOf(await asker(deleted)(url('roc.svg')), 404, 'not-found')
    await deleted.close()
  })
})
