import { describe, expect, it } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { LastSuccesses } from '../../../src/jobs/schedules/last-successes.ts'
import type { Generation, ScheduledRun, ScheduleState } from '../../../src/registry/model-log.ts'

const at = (text: string) => Date.parse(text)
const run = (due: string, job: string | null): ScheduledRun => ({
  due,
  outcome: job === null ? 'failed' : 'ordered',
  job,
  reason: null,
})
const schedule = (lastRun: ScheduledRun | null, more: object = {}): ScheduleState => ({
  cron: '0 3 * * *',
  timeZone: 'UTC',
  order: {},
  setAt: '2026-01-01T12:00:00Z',
  setBy: null,
  lastRun,
  ...more,
})

/** Jobs by id with the time of their completion, and a log of runs, newest first. */
function successes(ends: Record<string, string | null | Error>, runs: readonly ScheduledRun[] = []) {
  const asked: string[] = []
  const pages: object[] = []
  const it = new LastSuccesses({
    models: {
      async log(_model, page) {
        pages.push(page)
        const entries = runs.map(
          (each, index): Generation => ({
            generation: runs.length - index,
            at: each.due,
            by: null,
            events: [
              { type: 'aliasRemoved', alias: 'a', previous: 1 },
              { type: 'scheduledRun', ...each },
            ],
            state: { versions: [], aliases: {}, nextVersion: 1 },
          }),
        )
        const from = Number(page.cursor ?? 0)
        const next = from + page.limit
        return { items: entries.slice(from, next), next: next < entries.length ? String(next) : null }
      },
    },
    async completedAt(job) {
      asked.push(job)
      const end = ends[job]
      if (end instanceof Error) throw end
      return typeof end === 'string' ? at(end) : end
    },
  })
  return {
    asked,
    pages,
    of: (states: Record<string, ScheduleState>) => it.of(new Map(Object.entries(states))),
  }
}

describe('the last success of a schedule', () => {
  it('is when its job completed, and before one when it was set; the next time follows', async () => {
    const ends: Record<string, string | null> = {}
    const { of, asked } = successes(ends)
    const set = { model: 'm', at: at('2026-01-01T12:00:00Z'), due: at('2026-01-02T03:00:00Z') }
    expect(await of({ m: schedule(null) })).toEqual([set])
    const due = schedule(run('2026-01-02T03:00:00Z', 'one'))
    expect(await of({ m: due }), 'its job has not ended').toEqual([set])
    ends['one'] = '2026-01-02T03:20:00Z'
    const done = { model: 'm', at: at('2026-01-02T03:20:00Z'), due: at('2026-01-03T03:00:00Z') }
    expect(await of({ m: due })).toEqual([done])
    expect(await of({ m: due })).toEqual([done])
    expect(asked, 'what has ended is not asked for again').toEqual(['one', 'one'])
    ends['two'] = null
    expect(await of({ m: schedule(run('2026-01-03T03:00:00Z', 'two')) }), 'it failed').toEqual([done])
    expect(await of({ m: schedule(run('2026-01-04T03:00:00Z', null)) })).toEqual([done])
    expect(asked).toEqual(['one', 'one', 'two'])
  })

  it('is not before the time of the run, where an earlier job had the same result', async () => {
    const { of } = successes({ one: '2025-12-01T00:00:00Z' })
    const [success] = await of({ m: schedule(run('2026-01-02T03:00:00Z', 'one')) })
    expect(success?.at).toBe(at('2026-01-02T03:00:00Z'))
  })

  it('is the latest of several jobs that ended since the last look', async () => {
    const ends: Record<string, string | null> = {}
    const { of } = successes(ends)
    await of({ m: schedule(run('2026-01-02T03:00:00Z', 'one')) })
    await of({ m: schedule(run('2026-01-03T03:00:00Z', 'two')) })
    Object.assign(ends, { one: '2026-01-05T00:00:00Z', two: '2026-01-04T00:00:00Z' })
    const [success] = await of({ m: schedule(run('2026-01-03T03:00:00Z', 'two')) })
    expect(success?.at).toBe(at('2026-01-05T00:00:00Z'))
  })

  it('is told for each schedule, by the name of its model, at its own times', async () => {
    const { of } = successes({})
    const states = {
      b: schedule(null, { timeZone: 'Asia/Seoul' }),
      a: schedule(null, { cron: '0 0 1 1 *' }),
      c: schedule(null),
    }
    const told = (await of(states)).map(({ model, due }) => [
      model,
      due === null ? null : new Date(due).toISOString(),
    ])
    expect(told).toEqual([
      ['a', '2027-01-01T00:00:00.000Z'],
      ['b', '2026-01-01T18:00:00.000Z'],
      ['c', '2026-01-02T03:00:00.000Z'],
    ])
    const [changed] = await of({ c: schedule(null, { cron: '30 3 * * *' }) })
    expect(changed?.due).toBe(at('2026-01-02T03:30:00Z'))
    const [again] = await of({ c: schedule(null, { cron: '30 3 * * *', timeZone: 'Asia/Seoul' }) })
    expect(again?.due).toBe(at('2026-01-01T18:30:00Z'))
  })

  it('is forgotten with its schedule', async () => {
    const { of, asked } = successes({ one: '2026-01-02T03:20:00Z' })
    const due = schedule(run('2026-01-02T03:00:00Z', 'one'))
    await of({ m: due })
    expect(await of({})).toEqual([])
    await of({ m: due })
    expect(asked).toEqual(['one', 'one'])
  })

  it('of an earlier process is in the log of the model', async () => {
    const runs = [
      run('2026-01-05T03:00:00Z', 'failed'),
      run('2026-01-04T03:00:00Z', null),
      run('2026-01-03T03:00:00Z', 'damaged'),
      run('2026-01-02T03:00:00Z', 'good'),
      run('2026-01-01T03:00:00Z', 'older'),
    ]
    const damaged = new FitserveError('corrupt-artifact', 'It is damaged.')
    const ends = { failed: null, damaged, good: '2026-01-02T03:20:00Z', older: '2026-01-01T03:20:00Z' }
    const { of, asked, pages } = successes(ends, runs)
    expect(await of({ m: schedule(null) })).toMatchObject([{ at: at('2026-01-02T03:20:00Z') }])
    expect(asked).toEqual(['failed', 'damaged', 'good'])
    expect(pages).toEqual([{ limit: 10, cursor: undefined }])
    const early = successes({ good: '2025-12-31T00:00:00Z' }, runs.slice(3))
    expect(await early.of({ m: schedule(null) })).toMatchObject([{ at: at('2026-01-02T03:00:00Z') }])
  })

  it('is searched for in the newest 200 entries of the log', async () => {
    const others = Array.from({ length: 300 }, () => run('2026-01-05T03:00:00Z', null))
    const { of, pages } = successes({}, others)
    expect(await of({ m: schedule(null) })).toMatchObject([{ at: at('2026-01-01T12:00:00Z') }])
    expect(pages).toHaveLength(20)
  })

  it('is what was known, where the store is away', async () => {
    const ends: Record<string, string | Error> = { one: '2026-01-02T03:20:00Z' }
    const { of } = successes(ends)
    const [known] = await of({ m: schedule(run('2026-01-02T03:00:00Z', 'one')) })
    ends['two'] = new FitserveError('store-unavailable', 'The store is away.')
    const next = schedule(run('2026-01-03T03:00:00Z', 'two'))
    expect(await of({ m: next })).toEqual([known])
    ends['two'] = '2026-01-03T03:20:00Z'
    expect(await of({ m: next })).toMatchObject([{ at: at('2026-01-03T03:20:00Z') }])
  })
})
