import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { drawPlot } from '../../../src/evaluation/plots/draw.ts'
import type { PlotName } from '../../../src/evaluation/plots/plots.ts'
import { createPlots, type Plots, type PlotsOptions } from '../../../src/evaluation/plots/plotter.ts'
import { overfitting } from './plot-data.ts'

const data = overfitting(5)
const task = (name: PlotName) => ({ name, theme: 'light', format: 'png', data }) as const

let opened: Plots[] = []
function open(options: PlotsOptions = {}): Plots {
  const plots = createPlots(options)
  opened.push(plots)
  return plots
}
afterEach(() => {
  for (const plots of opened) plots.close()
  opened = []
})
const broken = { path: fileURLToPath(new URL('fixtures/no-drawer.js', import.meta.url)) }

describe('plots', () => {
  it('are drawn in another process, with the same bytes as here', async () => {
    const here = await drawPlot('loss', data, { theme: 'light', format: 'png' })
    expect(await open().prepare(task('loss')).draw()).toEqual(here)
  })

  it('have a digest of all that decides on their looks', () => {
    const plots = open()
    const digests = [
      plots.prepare(task('loss')),
      plots.prepare(task('accuracy')),
      plots.prepare({ ...task('loss'), theme: 'dark' }),
      plots.prepare({ ...task('loss'), format: 'svg' }),
      plots.prepare({ ...task('loss'), data: overfitting(6) }),
    ].map(({ digest }) => digest)
    expect(new Set(digests).size).toBe(5)
    expect(open().prepare(task('loss')).digest).toBe(digests[0])
  })

  it('that end their process fail alone: those that wait, and later ones, are drawn', async () => {
    const plots = open(broken)
    const bad = plots.prepare(task('roc')).draw()
    const waits = plots.prepare(task('loss')).draw()
    await expect(bad).rejects.toMatchObject({ code: 'internal', message: 'The plot could not be drawn.' })
    expect((await waits).toString()).toBe('loss')
    expect((await plots.prepare(task('mae')).draw()).toString()).toBe('mae')
  })

  it('that take too long are given up', async () => {
    const plots = open({ ...broken, timeLimitMs: 300 })
    await expect(plots.prepare(task('pr')).draw()).rejects.toMatchObject({ code: 'internal' })
  })

  it('are refused at the end, the one in hand included, and when too many wait', async () => {
    const plots = open(broken)
    const inHand = plots.prepare(task('pr')).draw()
    const many = Array.from({ length: 80 }, (_, at) =>
      plots.prepare({ ...task('loss'), data: overfitting(at + 1) }).draw(),
    )
    const settled = Promise.allSettled([inHand, ...many])
    plots.close()
    const codes = (await settled).map((each) => each.status === 'rejected' && each.reason.code)
    expect(codes[0]).toBe('not-ready')
    expect(new Set(codes.slice(1, 64))).toEqual(new Set(['not-ready']))
    expect(new Set(codes.slice(64))).toEqual(new Set(['overloaded']))
    await expect(plots.prepare(task('loss')).draw()).rejects.toMatchObject({ code: 'not-ready' })
  })
})
