import { describe, expect, it } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { createSchedules } from '../../../src/jobs/schedules/schedules.ts'
import { openChangeFeed } from '../../../src/registry/change-feed.ts'
import { createModelRegistry } from '../../../src/registry/registry.ts'
import { checks, counted, dataset, failing, find, fixture, order } from '../fixture.ts'

const NIGHTLY = { cron: '0 3 * * *', timeZone: 'Asia/Seoul' }

/** A model "m" with a version in production, and its schedules. */
async function scheduled() {
  const parts = await fixture()
  const { store, records, jobs, queue, models } = parts
  const { id: first } = await parts.submit(order)
  await parts.attempt(first)
  /** Parts that a test may replace. */
  const inner = {
    dataset: find,
    retrain: jobs.retrain,
    head: async (_model: string): Promise<unknown> => undefined,
  }
  const another = () => {
    const registry = createModelRegistry(store)
    return createSchedules({
      models: {
        ...registry,
        head: async (model) => {
          await inner.head(model)
          return registry.head(model)
        },
      },
      chores: queue.chores,
      changes: openChangeFeed(store),
      checks: { ...checks, dataset: (name) => inner.dataset(name) },
      retrain: (model, body, by, id) => inner.retrain(model, body, by, { id }),
      isOpen: async (id) => (await records.find(id)) !== undefined && !(await records.hasEnded(id)),
      completedAt: (id) => records.completedAt(id),
    })
  }
  /** The chore that the queue hands out at the time of a schedule. */
  const due = (time: number, name = 'm') => {
    const { data } = queue.chores.repeats.get(`retrain.${name}`) ?? { data: {} }
    return { id: `repeat:retrain.${name}:${time}`, data, attempt: 1, last: false, due: time }
  }
  const events = async () =>
    (await models.log('m', { limit: 100 })).items.flatMap((item) =>
      item.events.filter(({ type }) => type.startsWith('schedule')),
    )
  const ordered = async () =>
    (await jobs.list({ limit: 100 }, { model: 'm' })).items.filter(({ id }) => id !== first)
  return { ...parts, schedules: another(), another, due, events, ordered, inner }
}

describe('a schedule', () => {
  it('tells when it last succeeded, also to a process that starts later', async () => {
    const { schedules, another, models, attempt, ordered, due } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    const setAt = Date.parse((await schedules.get('m')).setAt)
    await schedules.align()
    expect(await schedules.lastSuccesses()).toMatchObject([{ model: 'm', at: setAt }])
    const time = Date.now() - 60_000
    await schedules.run(due(time))
    await schedules.align()
    expect(await schedules.lastSuccesses(), 'its job has not ended').toMatchObject([
      { model: 'm', at: setAt },
    ])
    const [job] = await ordered()
    await attempt(job?.id ?? '')
    const [success] = await schedules.lastSuccesses()
    expect(success?.at).toBeGreaterThanOrEqual(setAt)
    expect(new Date(success?.at ?? 0).toISOString()).toBe((await ordered())[0]?.finishedAt)
    // A run that fails changes nothing.
    await schedules.run(due(time + 1_000))
    const [failed] = await ordered()
    await attempt(failed?.id ?? '', failing('loss-not-finite'))
    await schedules.align()
    expect(await schedules.lastSuccesses()).toEqual([success])
    const later = another()
    await later.align()
    expect(await later.lastSuccesses()).toEqual([success])
    await models.removeSchedule('m', null)
    await later.align()
    expect(await later.lastSuccesses()).toEqual([])
  })

  it('tells it also while all models are read again', async () => {
    const { schedules, another, inner } = await scheduled()
    await another().set('m', NIGHTLY, null)
    await schedules.align()
    const answers: number[] = []
    inner.head = async () => answers.push((await schedules.lastSuccesses()).length)
    while (answers.length === 0) await schedules.align()
    expect(answers).toEqual([1])
  })

  it('finds its last success in the newest entries of a long log, once for all who ask meanwhile', async () => {
    const { store, queue, schedules, another, models, attempt, ordered, due } = await scheduled()
    for (let number = 0; number < 60; number += 1) await models.setAlias('m', `a${number}`, 1, null)
    await schedules.set('m', NIGHTLY, null)
    await schedules.align()
    await schedules.run(due(Date.now() - 60_000))
    await attempt((await ordered())[0]?.id ?? '')
    const later = another()
    await later.align()
    const { calls } = counted({ store, queue })
    const [one, ...others] = await Promise.all([0, 1, 2].map(() => later.lastSuccesses()))
    expect(one).toMatchObject([{ model: 'm' }])
    expect(others).toEqual([one, one])
    expect(calls.filter((call) => call === 'store.read').length).toBeLessThan(25)
  })

  it('is set, shown with its next run, told in the log, and removed', async () => {
    const { schedules, queue, models, events } = await scheduled()
    const view = await schedules.set('m', { ...NIGHTLY, promote: 'ifBetter' }, 'me')
    expect(view).toMatchObject({
      ...NIGHTLY,
      order: { promote: 'ifBetter', force: true },
      setBy: 'me',
      lastRun: null,
    })
    expect(view.nextRun).toMatch(/T18:00:00\.000Z$/)
    expect(Date.parse(view.nextRun ?? '') - Date.now()).toBeLessThanOrEqual(24 * 3_600_000)
    expect(await schedules.get('m')).toEqual(view)
    expect(queue.chores.repeats.get('retrain.m')).toMatchObject(NIGHTLY)
    const hourly = await schedules.set('m', { cron: ' 0   * * * * ' }, null)
    expect(hourly).toMatchObject({ cron: '0 * * * *', timeZone: 'UTC', setBy: null })
    await schedules.remove('m', 'me')
    expect(queue.chores.repeats.size).toBe(0)
    await expect(schedules.get('m')).rejects.toMatchObject({ code: 'unknown-schedule' })
    await expect(schedules.remove('m', null)).rejects.toMatchObject({ code: 'unknown-schedule' })
    expect((await events()).map(({ type }) => type)).toEqual([
      'scheduleRemoved',
      'scheduleSet',
      'scheduleSet',
    ])
    expect((await models.head('m'))?.state.aliases['production']?.version).toBe(1)
  })

  it('shows where it reports to without the query, which may hold a secret, and keeps it for its runs', async () => {
    const { schedules, models } = await scheduled()
    const url = 'https://example.com/hook?token=secret'
    const shown = { order: { webhook: { url: 'https://example.com/hook' } } }
    expect(await schedules.set('m', { ...NIGHTLY, webhook: { url } }, null)).toMatchObject(shown)
    expect(await schedules.get('m')).toMatchObject(shown)
    expect((await models.head('m'))?.state.schedule?.order).toMatchObject({ webhook: { url } })
  })

  it.each([
    [{ cron: '0 3 * *' }, '/cron'],
    [{ cron: '0 3 * * * * *' }, '/cron'],
    [{ cron: '61 3 * * *' }, '/cron'],
    [{ cron: '0 0 31 2 *' }, '/cron'],
    [{ cron: 'H 3 * * *' }, '/cron'],
    [{ cron: '@daily' }, '/cron'],
    [{ cron: '*/0 * * * *' }, '/cron'],
    [{ cron: '* * * * * *' }, '/cron'],
    [{ cron: '*/30 0 3 * * *' }, '/cron'],
    [{ cron: '0,59 * * * * *' }, '/cron'],
    [{ ...NIGHTLY, timeZone: 'Mars/Olympus' }, '/timeZone'],
    [{ ...NIGHTLY, timeZone: '+09:00' }, '/timeZone'],
    [{ timeZone: 'UTC' }, '/cron'],
    [{ ...NIGHTLY, zone: 'UTC' }, '/zone'],
    [{ ...NIGHTLY, dataset: 'nowhere' }, '/dataset'],
    [{ ...NIGHTLY, recipe: { epochs: 0 } }, '/recipe/epochs'],
    [{ ...NIGHTLY, limits: { seconds: 0 } }, '/limits/seconds'],
    [{ ...NIGHTLY, webhook: { url: 'http://10.0.0.1/' } }, '/webhook/url'],
    [[], ''],
  ])('that is wrong is refused with the place: %j', async (body, path) => {
    const { schedules, queue } = await scheduled()
    const refused = schedules.set('m', body, null)
    await expect(refused).rejects.toMatchObject({ code: 'invalid-schedule' })
    await refused.catch(({ problems }: FitserveError) =>
      expect(problems.map((problem) => problem.path)).toEqual([path]),
    )
    expect(queue.chores.repeats.size).toBe(0)
  })

  it('may name a second, but has no two times within a minute, and says so', async () => {
    const { schedules } = await scheduled()
    for (const cron of ['* * * * *', '30 * * * * *', '59 59 23 31 12 *', '*/60 0 3 * * *'])
      expect(await schedules.set('m', { cron }, null)).toMatchObject({ cron })
    await expect(schedules.set('m', { cron: '0-59/20 * * * * *' }, null)).rejects.toMatchObject({
      problems: [
        {
          path: '/cron',
          message:
            'Runs must be at least a minute apart: give one number of seconds in the first of the six fields, such as "0 0 3 * * *".',
        },
      ],
    })
  })

  it('is of a model that there is', async () => {
    const { schedules } = await scheduled()
    for (const call of [() => schedules.set('other', NIGHTLY, null), () => schedules.get('other')])
      await expect(call()).rejects.toMatchObject({ code: 'unknown-model' })
  })

  it('orders one job at each time, in however many processes it is noticed', async () => {
    const { schedules, another, due, ordered, events, queue } = await scheduled()
    await schedules.set('m', NIGHTLY, 'me')
    const now = Date.now()
    await Promise.all([schedules.run(due(now)), another().run(due(now)), another().run(due(now))])
    const [job, ...more] = await ordered()
    expect(more).toEqual([])
    expect(queue.jobs.get(job?.id ?? '')).toMatchObject({ state: 'waiting' })
    expect(job).toMatchObject({ state: 'queued', recipe: { epochs: 2 }, reused: false })
    const run = { due: new Date(now).toISOString(), outcome: 'ordered', job: job?.id, reason: null }
    expect((await schedules.get('m')).lastRun).toEqual(run)
    expect((await events()).filter(({ type }) => type === 'scheduledRun')).toEqual([
      { type: 'scheduledRun', ...run },
    ])
  })

  it('waits for the job of the time before', async () => {
    const { schedules, due, ordered, attempt } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    const now = Date.now()
    await schedules.run(due(now - 2_000))
    await schedules.run(due(now - 1_000))
    const [first, ...none] = await ordered()
    expect(none).toEqual([])
    await attempt(first?.id ?? '')
    await schedules.run(due(now))
    expect(await ordered()).toHaveLength(2)
  })

  it('keeps a job that the queue did not take, for the queue to get it later', async () => {
    const { schedules, due, ordered, queue } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    queue.away = true
    await schedules.run(due(Date.now()))
    expect(await ordered()).toMatchObject([{ state: 'queued', error: null }])
  })

  it('is told of and kept where a run is not possible', async () => {
    const { schedules, due, events, ordered, models, inner } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    await models.removeAlias('m', 'production', null)
    const now = Date.now()
    await schedules.run(due(now))
    expect(await events()).toMatchObject([
      { type: 'scheduledRun', outcome: 'failed', job: null, reason: expect.stringContaining('production') },
      { type: 'scheduleSet' },
    ])
    await schedules.run(due(now + 1_000 - 11 * 60_000))
    expect(await ordered()).toEqual([])
    expect(await schedules.get('m')).toMatchObject({ ...NIGHTLY, lastRun: { outcome: 'failed' } })
    // A data set that has gone is no fault of the schedule, unless it names it.
    inner.dataset = async () => {
      throw new FitserveError('unknown-dataset', 'It has gone.')
    }
    await models.setAlias('m', 'production', 1, null)
    expect(await schedules.set('m', NIGHTLY, null)).toMatchObject(NIGHTLY)
  })

  it('skips a time that is long past, and says so', async () => {
    const { schedules, due, ordered, events } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    await schedules.run(due(Date.now() - 11 * 60_000))
    expect(await ordered()).toEqual([])
    expect(await events()).toMatchObject([
      { type: 'scheduledRun', outcome: 'skipped' },
      { type: 'scheduleSet' },
    ])
  })

  it('does nothing at a time of a schedule that there was before', async () => {
    const { schedules, due, ordered, events } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    const old = due(Date.now())
    await schedules.set('m', { cron: '0 4 * * *' }, null)
    await schedules.run(old)
    await schedules.remove('m', null)
    await schedules.run(old)
    expect(await ordered()).toEqual([])
    expect((await events()).some(({ type }) => type === 'scheduledRun')).toBe(false)
  })

  it('tries again where the store is away', async () => {
    const { schedules, due, inner, jobs, ordered } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    const chore = due(Date.now())
    inner.retrain = async () => {
      throw new FitserveError('store-unavailable', 'The store cannot be reached.')
    }
    await expect(schedules.run(chore)).rejects.toMatchObject({ code: 'store-unavailable' })
    expect((await schedules.get('m')).lastRun).toBeNull()
    inner.retrain = jobs.retrain
    await schedules.run(chore)
    expect(await ordered()).toHaveLength(1)
  })
})

describe('the queue', () => {
  it('gets its times again where it has lost them or has others', async () => {
    const { schedules, queue, another } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    queue.chores.repeats.clear()
    await another().align()
    expect(queue.chores.repeats.get('retrain.m')).toMatchObject(NIGHTLY)
    await queue.chores.repeat('retrain.m', { cron: '* * * * *', timeZone: 'UTC' }, {})
    await schedules.align()
    expect(queue.chores.repeats.get('retrain.m')).toMatchObject(NIGHTLY)
    await queue.chores.repeat('retrain.m', { ...NIGHTLY, timeZone: 'Pacific/Auckland' }, {})
    await queue.chores.repeat('retrain.orphan', { cron: '* * * * *', timeZone: 'UTC' }, {})
    await queue.chores.repeat('other', { cron: '* * * * *', timeZone: 'UTC' }, {})
    await schedules.align()
    expect([...queue.chores.repeats.keys()].toSorted()).toEqual(['other', 'retrain.m'])
    expect(queue.chores.repeats.get('retrain.m')).toMatchObject(NIGHTLY)
  })

  it('that is away hears of a schedule, and of its end, when it is back', async () => {
    const { schedules, queue, another, models } = await scheduled()
    await schedules.align()
    queue.chores.away = true
    await another().set('m', NIGHTLY, null)
    queue.chores.away = false
    await schedules.align()
    expect(queue.chores.repeats.get('retrain.m')).toMatchObject(NIGHTLY)
    await models.removeAlias('m', 'production', null)
    await models.deleteModel('m', null)
    await schedules.align()
    expect(queue.chores.repeats.size).toBe(0)
  })

  it('does not train a model again on data for which clients would have to send something else', async () => {
    const { schedules, due, events, ordered, moved } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    const columns = dataset.columns.map((column) =>
      column.name === 'text' ? { ...column, type: 'number' as const } : column,
    )
    moved.set('reviews', { ...dataset, id: `ds_${'d'.repeat(24)}`, columns })
    const time = Date.now()
    await schedules.run(due(time))
    expect(await ordered()).toEqual([])
    expect((await events()).at(0)).toMatchObject({
      type: 'scheduledRun',
      outcome: 'failed',
      reason: expect.stringContaining('"text" would be read as a number, and version 1 takes a text'),
    })
  })

  it('hears of a change although the store was away when it was read', async () => {
    const { schedules, another, queue, inner } = await scheduled()
    await schedules.align()
    await another().set('m', NIGHTLY, null)
    queue.chores.repeats.clear()
    inner.head = async () => {
      throw new FitserveError('store-unavailable', 'The store cannot be reached.')
    }
    await expect(schedules.align()).rejects.toMatchObject({ code: 'store-unavailable' })
    inner.head = async () => undefined
    await schedules.align()
    expect(queue.chores.repeats.get('retrain.m')).toMatchObject(NIGHTLY)
  })

  it('that has lost the next time only goes on with the one after it', async () => {
    const { schedules, queue } = await scheduled()
    await schedules.set('m', NIGHTLY, null)
    const repeating = queue.chores.repeats.get('retrain.m')
    if (repeating) repeating.next = Date.now() - 11 * 60_000
    await schedules.align()
    expect(queue.chores.repeats.get('retrain.m')?.next).toBeGreaterThan(Date.now())
    expect((await schedules.get('m')).lastRun).toMatchObject({ outcome: 'skipped' })
  })
})
