import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { JobEvent } from '../../src/jobs/contract.ts'
import { Reconciler } from '../../src/jobs/worker/reconcile.ts'
import type { Trainer } from '../../src/training-contract.ts'
import { counted, dataset, failing, fixture, goodTrainer, order } from './fixture.ts'

/** The queue is not told of every epoch where they are fast. */
const slowly: Trainer = (input) =>
  goodTrainer({
    ...input,
    onProgress: async (progress) => {
      await input.onProgress(progress)
      await new Promise((resolve) => setTimeout(resolve, 200))
    },
  })

describe('the life of a job', () => {
  it('answers an order from the new record, without further calls to store and queue', async () => {
    const { store, queue, submit, jobs } = await fixture()
    const { restart } = counted({ store, queue })
    const hooked = { ...order, force: true, webhook: { url: 'http://127.0.0.1/hook' } }
    const plain = await submit(order)
    expect(restart()).toEqual(['store.children', 'store.create', 'queue.add'])
    const withHook = await submit(hooked)
    expect(restart()).toEqual(['store.create', 'store.create', 'queue.add'])
    const family = await submit({ ...hooked, recipe: { epochs: 3, validation: { kFold: 3 } } })
    expect(restart()).toEqual([
      ...Array.from({ length: 5 }, () => 'store.create'),
      ...Array.from({ length: 3 }, () => 'store.has'),
      'queue.addFlow',
      // The queue in memory adds the four jobs of the flow one by one.
      ...Array.from({ length: 4 }, () => 'queue.add'),
    ])
    for (const job of [plain, withHook, family]) expect(await jobs.get(job.id)).toEqual(job)
    expect(restart(), 'looking at a job asks for much more').toHaveLength(27)
  })

  it('queues an order, runs it, and puts its version into production', async () => {
    const { jobs, submit, attempt, models } = await fixture()
    const queued = await submit(order)
    expect(queued).toMatchObject({
      model: 'm',
      dataset: dataset.id,
      datasetName: 'reviews',
      state: 'queued',
      attempt: 0,
      reused: false,
      version: null,
    })
    expect(queued.recipe).toMatchObject({ epochs: 2, layers: [{ units: 16 }, { units: 16 }] })
    expect(await attempt(queued.id)).toBe('completed')
    const done = await jobs.get(queued.id)
    expect(done).toMatchObject({
      state: 'completed',
      version: 1,
      attempt: 1,
      error: null,
      warnings: [{ code: 'other', message: 'a warning' }],
    })
    expect(Date.parse(done.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(done.startedAt ?? ''))
    expect((await models.head('m'))?.state.aliases['production']?.version).toBe(1)
    const entry = await models.entry('m', 1)
    expect(await models.manifest('m', entry)).toMatchObject({
      model: 'm',
      job: queued.id,
      recipe: { epochs: 2 },
      metrics: { accuracy: 0.9 },
    })
    expect((await jobs.history(queued.id)).epochs).toEqual([1, 2])
  })

  it('shows the progress and the history of a running job', async () => {
    const { jobs, submit, attempt } = await fixture()
    const { id } = await submit(order)
    await attempt(id, async (input) => {
      await slowly(input)
      expect(await jobs.get(id)).toMatchObject({
        state: 'active',
        attempt: 1,
        progress: { phase: 'fit', epoch: 2, loss: 0.5, valLoss: 0.9, etaSeconds: 0 },
      })
      expect(await jobs.history(id)).toMatchObject({ epochs: [1, 2], loss: [0.9, 0.5], bestEpoch: 1 })
      return goodTrainer({ ...input, onProgress: async () => {} })
    })
  })

  it('gives a job one version and one outcome, however often it is run', async () => {
    const { submit, attempt, models, jobs } = await fixture()
    const { id } = await submit(order)
    // One that sees a later one stops; whichever comes last ends the job.
    await Promise.allSettled([attempt(id), attempt(id), attempt(id)])
    await attempt(id)
    expect((await models.head('m'))?.state.versions).toHaveLength(1)
    expect(await jobs.get(id)).toMatchObject({ state: 'completed', version: 1 })
  })

  it('fails a job for good over a cause that another attempt would meet again, and keeps its history', async () => {
    const { submit, attempt, jobs } = await fixture()
    const { id } = await submit(order)
    expect(await attempt(id, failing('loss-not-finite'))).toBe('failed')
    expect(await jobs.get(id)).toMatchObject({
      state: 'failed',
      version: null,
      error: { type: 'urn:fitserve:loss-not-finite', title: 'Loss not finite', detail: 'It did not work.' },
    })
    expect(await jobs.history(id)).toMatchObject({ epochs: [1], loss: [0.9] })
  })

  it('finds the newest job of a model, and of all models', async () => {
    const { submit, attempt, jobs } = await fixture()
    expect(await jobs.latest('m')).toBeUndefined()
    const first = await submit(order)
    await attempt(first.id, failing('loss-not-finite'))
    expect(await jobs.latest('m')).toMatchObject({ id: first.id, state: 'failed' })
    const second = await submit({ ...order, model: 'n' })
    expect(await jobs.latest('m')).toMatchObject({ id: first.id })
    const seen = await Promise.all(['n', null, 'other'].map((model) => jobs.latest(model)))
    expect(seen.map((job) => job?.id)).toEqual([second.id, second.id, undefined])
  })

  it('looks once a second at most, however many models are asked for that no job trains', async () => {
    const { store, queue, submit, jobs } = await fixture()
    const { id } = await submit(order)
    await submit({ ...order, model: 'damaged' })
    const read = store.read.bind(store)
    vi.spyOn(store, 'read').mockImplementation(async (key) => {
      const bytes = await read(key)
      return key.endsWith('/record.json') && !key.includes(id) ? bytes?.subarray(1) : bytes
    })
    const { calls } = counted({ store, queue })
    const began = performance.now()
    for (let index = 0; index < 1_000; index++)
      expect(await jobs.latest(index % 2 === 0 ? `nobody-${index}` : 'm')).toEqual(
        index % 2 === 0 ? undefined : expect.objectContaining({ id }),
      )
    const looks = 1 + Math.floor((performance.now() - began) / 1_000)
    const times = (call: string) => calls.filter((each) => each === call).length
    expect(times('store.children')).toBeLessThanOrEqual(2 * looks)
    expect(times('store.read')).toBeLessThanOrEqual(10 * looks)
    expect(times('queue.find')).toBeLessThanOrEqual(looks)
  })

  it('finds the newest job of a model although it was looked for while its record was being written', async () => {
    const { store, submit, jobs } = await fixture()
    const create = store.create.bind(store)
    vi.spyOn(store, 'create').mockImplementation(async (key, content) => {
      // A folder store makes the folder of a key before the key.
      if (!key.endsWith('/record.json')) return create(key, content)
      const seen = vi.spyOn(store, 'children').mockResolvedValueOnce([key.split('/')[1] ?? ''])
      expect(await jobs.latest('m')).toBeUndefined()
      seen.mockRestore()
      return create(key, content)
    })
    const { id } = await submit(order)
    expect(await jobs.latest('m')).toMatchObject({ id })
  })

  it('leaves a job to another attempt where the cause may pass', async () => {
    const { submit, attempt, jobs } = await fixture()
    const { id } = await submit(order)
    await expect(attempt(id, failing('store-unavailable'))).rejects.toMatchObject({
      code: 'store-unavailable',
    })
    expect((await jobs.get(id)).finishedAt).toBeNull()
    expect(await attempt(id)).toBe('completed')
    expect(await jobs.get(id)).toMatchObject({ state: 'completed', attempt: 2 })
  })

  it('promotes nothing with promote: never', async () => {
    const { submit, attempt, models } = await fixture()
    const { id } = await submit({ ...order, promote: 'never' })
    await attempt(id)
    expect((await models.head('m'))?.state).toMatchObject({ aliases: {}, versions: [{ version: 1 }] })
  })
})

describe('cancelling', () => {
  it('ends a waiting job at once', async () => {
    const { submit, jobs, queue } = await fixture()
    const { id } = await submit(order)
    expect(await jobs.cancel(id, null)).toMatchObject({ state: 'cancelled' })
    expect(queue.jobs.has(id)).toBe(false)
    await expect(jobs.cancel(id, null)).rejects.toMatchObject({ code: 'job-finished' })
  })

  it('stops a running job soon after its cancellation', async () => {
    const { submit, jobs, attempt, models } = await fixture()
    const { id } = await submit(order)
    const endless: Trainer = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const running = attempt(id, endless)
    await expect.poll(async () => (await jobs.get(id)).state).toBe('active')
    const asked = performance.now()
    // On a busy machine it may have ended before the answer is made.
    expect((await jobs.cancel(id, null)).state).toMatch(/^cancell(ing|ed)$/)
    expect(await running).toBe('cancelled')
    expect(performance.now() - asked).toBeLessThan(3_000)
    expect(await jobs.get(id)).toMatchObject({
      state: 'cancelled',
      error: { type: 'urn:fitserve:cancelled' },
    })
    expect(await models.head('m')).toBeUndefined()
  })

  it('leaves a job open whose process has to end', async () => {
    const { submit, jobs, attempt } = await fixture()
    const { id } = await submit(order)
    const controller = new AbortController()
    const endless: Trainer = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const running = attempt(id, endless, controller.signal)
    controller.abort(new Error('shutdown'))
    await expect(running).rejects.toThrow('shutdown')
    expect((await jobs.get(id)).state).toBe('active')
  })
})

describe('orders', () => {
  it('refuses a faulty order with every problem, and leaves nothing behind', async () => {
    const { submit, jobs, queue } = await fixture()
    const bad: [unknown, string[]][] = [
      [null, ['']],
      [[], ['']],
      [{}, ['/model', '/dataset']],
      [{ ...order, model: '../x' }, ['/model']],
      [{ ...order, dataset: 'nobody' }, ['/dataset']],
      [{ ...order, promote: 'perhaps', recepie: {} }, ['/promote', '/recepie']],
      [{ ...order, promote: { ifbetter: {} } }, ['/promote']],
      [{ ...order, recipe: { epochs: 0, layers: 'many' } }, ['/recipe/layers', '/recipe/epochs']],
      [{ model: '../x', dataset: 'nobody' }, ['/model', '/dataset']],
      [
        { ...order, recipe: { epochs: 0, loss: 'huber', validation: { kFold: 999 }, columns: { x: {} } } },
        ['/recipe/epochs', '/recipe/columns/x', '/recipe/loss', '/recipe/validation/kFold'],
      ],
      [
        { ...order, recipe: { 'a/b~c': 1, validation: { kFold: 999 } } },
        ['/recipe/a~1b~0c', '/recipe/validation/kFold'],
      ],
      // Nothing is said of what depends on the unreadable field, or on a field that was not given.
      [
        { ...order, recipe: { metrics: ['hit'], earlyStopping: { monitor: 'valHit' } } },
        ['/recipe/metrics/0'],
      ],
      [{ ...order, recipe: { target: 5, validation: { kFold: 999 } } }, ['/recipe/target']],
    ]
    for (const [body, paths] of bad)
      await expect(submit(body)).rejects.toMatchObject({
        code: 'invalid-job',
        problems: paths.map((path) => ({ path })),
      })
    expect((await jobs.list({ limit: 10 }, {})).items).toEqual([])
    expect(queue.jobs.size).toBe(0)
  })

  it('makes one job of equal orders with one Idempotency-Key, and refuses another body', async () => {
    const { submit, queue } = await fixture()
    const answers = await Promise.all([submit(order, 'k'), submit(order, 'k'), submit({ ...order }, 'k')])
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect(queue.jobs.size).toBe(1)
    await expect(submit({ ...order, model: 'other' }, 'k')).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    })
    expect((await submit(order, 'k2')).id).not.toBe(answers[0]?.id)
  })

  it('answers an order with the finished job that equals it, unless forced', async () => {
    const { submit, attempt } = await fixture()
    const first = await submit(order)
    await attempt(first.id)
    expect(await submit(order)).toMatchObject({ id: first.id, reused: true, state: 'completed' })
    expect(await submit({ ...order, force: true })).toMatchObject({ reused: false, state: 'queued' })
    expect(await submit({ ...order, recipe: { ...order.recipe, epochs: 3 } })).toMatchObject({
      reused: false,
    })
    expect(await submit({ ...order, model: 'n' })).toMatchObject({ reused: false })
  })

  it.each(['record', 'outcome'])('makes a new job where the %s of the equal one is damaged', async (file) => {
    const { folder, submit, attempt } = await fixture()
    const first = await submit(order)
    await attempt(first.id)
    await writeFile(join(folder, 'jobs', first.id, `${file}.json`), '{"torn')
    const second = await submit(order)
    expect(second).toMatchObject({ reused: false, state: 'queued' })
    await attempt(second.id)
    expect(await submit(order)).toMatchObject({ id: second.id, reused: true })
  })
})

describe('lists', () => {
  it('lists jobs newest first, in pages, by state and model', async () => {
    const { submit, attempt, jobs } = await fixture()
    const ids: string[] = []
    for (let index = 0; index < 5; index++)
      ids.push(
        (
          await submit({
            ...order,
            model: index % 2 ? 'odd' : 'even',
            recipe: { ...order.recipe, epochs: index + 1 },
          })
        ).id,
      )
    await attempt(ids[0] ?? '')
    const first = await jobs.list({ limit: 2 }, {})
    expect(first.items.map(({ id }) => id)).toEqual([ids[4], ids[3]])
    await expect(jobs.list({ limit: 2, cursor: 'x' }, {})).rejects.toMatchObject({ code: 'invalid-query' })
    const second = await jobs.list({ limit: 2, cursor: first.next ?? '' }, {})
    const third = await jobs.list({ limit: 2, cursor: second.next ?? '' }, {})
    expect([...second.items, ...third.items].map(({ id }) => id)).toEqual([ids[2], ids[1], ids[0]])
    expect(third.next).toBeNull()
    expect((await jobs.list({ limit: 9 }, { state: 'completed' })).items.map(({ id }) => id)).toEqual([
      ids[0],
    ])
    expect((await jobs.list({ limit: 9 }, { model: 'odd' })).items).toHaveLength(2)
    await expect(jobs.get('nobody')).rejects.toMatchObject({ code: 'unknown-job' })
    await expect(jobs.get('../../etc')).rejects.toMatchObject({ code: 'unknown-job' })
  })

  it('names the open job that uses a data set', async () => {
    const { submit, attempt, jobs } = await fixture()
    const { id } = await submit(order)
    expect(await jobs.datasetInUse(dataset.id)).toContain(id)
    expect(await jobs.datasetInUse('another')).toBeNull()
    await attempt(id)
    expect(await jobs.datasetInUse(dataset.id)).toBeNull()
  })
})

describe('events', () => {
  const collect = async (events: AsyncIterable<JobEvent>) => {
    const all: JobEvent[] = []
    for await (const event of events) all.push(event)
    return all
  }

  it('streams progress as it comes, then the end, then no more', async () => {
    const { submit, attempt, jobs } = await fixture()
    const { id } = await submit(order)
    const collecting = collect(jobs.events(id, null, new AbortController().signal))
    await attempt(id, slowly)
    const events = await collecting
    expect(events.at(-1)).toMatchObject({ event: 'completed', data: { id, version: 1 } })
    expect(
      events
        .filter((each) => each.event === 'progress')
        .map((each) => 'epoch' in each.data && each.data.epoch),
    ).toEqual(expect.arrayContaining([1, 2]))
    expect(await collect(jobs.events(id, null, new AbortController().signal))).toMatchObject([
      { event: 'completed' },
    ])
  })

  it('repeats no event that a client has seen, and ends the stream when the client goes', async () => {
    const { submit, queue, jobs } = await fixture()
    const { id } = await submit(order)
    queue.set(id, {
      state: 'active',
      attempt: 1,
      progress: { phase: 'fit', epoch: 1, epochs: 2, fold: null, loss: 1, valLoss: 1, etaSeconds: 3 },
    })
    const controller = new AbortController()
    const iterator = jobs.events(id, null, controller.signal)[Symbol.asyncIterator]()
    const first = await iterator.next()
    const seen = first.done ? null : first.value.id
    controller.abort()
    expect((await iterator.next()).done).toBe(true)
    const again = new AbortController()
    setTimeout(() => again.abort(), 200)
    expect(await collect(jobs.events(id, seen, again.signal))).toEqual([])
    expect(queue.listeners.size).toBe(0)
  })

  it('looks a job up once for all who follow it', async () => {
    const { submit, attempt, queue, jobs } = await fixture()
    const { id } = await submit(order)
    const find = vi.spyOn(queue, 'find')
    const followers = Array.from({ length: 300 }, () =>
      collect(jobs.events(id, null, new AbortController().signal)),
    )
    await attempt(id, slowly)
    for (const events of await Promise.all(followers))
      expect(events.at(-1)).toMatchObject({ event: 'completed', data: { id, version: 1 } })
    expect(find.mock.calls.length).toBeLessThan(50)
    expect(queue.listeners.size).toBe(0)
  })

  it('refuses to stream the events of an unknown job', async () => {
    const { jobs } = await fixture()
    await expect(collect(jobs.events('nobody', null, new AbortController().signal))).rejects.toMatchObject({
      code: 'unknown-job',
    })
  })
})

describe('the reconciler', () => {
  it('queues jobs again that a wiped queue has lost, and ends those that were given up or cancelled', async () => {
    const { submit, records, queue, store, jobs } = await fixture()
    const open = await Promise.all(
      [1, 2, 3].map((epochs) => submit({ ...order, recipe: { ...order.recipe, epochs } })),
    )
    const [lost, failed, waiting] = open.map(({ id }) => id)
    queue.jobs.delete(lost ?? '')
    queue.set(failed ?? '', { state: 'failed', attempt: 5 })
    await records.requestCancel(waiting ?? '', null)
    const reconciler = new Reconciler(records, queue)
    // Just ordered, it may still be on its way into the queue.
    expect((await reconciler.run()).requeued).toEqual([])
    const old = await records.find(lost ?? '')
    await store.deleteBelow(`jobs/${lost}/`)
    await records.create({ ...old!, createdAt: '2026-01-01T00:00:00Z' })
    expect((await reconciler.run()).requeued).toEqual([lost])
    expect(queue.jobs.get(lost ?? '')?.state).toBe('waiting')
    expect(await jobs.get(failed ?? '')).toMatchObject({
      state: 'failed',
      attempt: 5,
      error: { type: 'urn:fitserve:job-crashed' },
    })
    expect((await jobs.get(waiting ?? '')).state).toBe('cancelled')
  })
})
