import { describe, expect, it } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import type { RowError } from '../../src/serving/contract.ts'
import { createServing } from '../../src/serving/serving.ts'
import { fakeModels, many, one } from './fake-models.ts'

describe('serving', () => {
  it('answers by production, by number and by alias', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    publish('m', 2)
    const serving = await createServing({ models })
    expect(await serving.predict({}, [{ x: 3 }], one)).toEqual({
      model: 'm',
      version: 2,
      predictions: [{ value: 6 }],
    })
    expect(await serving.predict({ model: 'm', version: 1 }, [{ x: 3 }], one)).toMatchObject({
      version: 1,
      predictions: [{ value: 3 }],
    })
    expect(await serving.predict({ model: 'm', version: 'production' }, [{ x: null }], one)).toMatchObject({
      predictions: [{ value: 14 }],
    })
    await serving.close()
  })

  it('answers a good row at once where its version is in memory, and leaves the rest to predict', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    publish('m', 2)
    const serving = await createServing({ models })
    const now = { model: 'm', version: 2, prediction: { value: 6 } }
    for (const target of [{}, { model: 'm' }, { version: 2 }, { version: 'production' }])
      expect(serving.predictNow(target, { x: 3 }, 'features')).toEqual(now)
    for (const target of [{ model: 'n' }, { version: 1 }, { version: 3 }, { version: 'none' }])
      expect(serving.predictNow(target, { x: 3 }, 'features')).toBeUndefined()
    for (const row of [{}, { x: 'three' }, { x: 3, y: 1 }, null, 3, [3]])
      expect(serving.predictNow({}, row, 'features')).toBeUndefined()
    expect(serving.predictNow({}, 'a text', 'text')).toBeUndefined()
    await serving.close()
  })

  it('knows a version the moment it is asked for, and one published elsewhere within a look', async () => {
    const { models, publish } = fakeModels()
    const serving = await createServing({ models, pollMs: 20 })
    publish('m', 1)
    expect(await serving.predict({ model: 'm' }, [{ x: 1 }], one)).toMatchObject({ version: 1 })
    publish('m', 2)
    expect(await serving.predict({ model: 'm', version: 2 }, [{ x: 1 }], one)).toMatchObject({ version: 2 })
    await expect.poll(async () => (await serving.predict({ model: 'm' }, [{ x: 1 }], one)).version).toBe(2)
    await serving.close()
  })

  it('asks for the states of models that changed only, where looking at all takes long', async () => {
    const { models, publish, looks } = fakeModels()
    const names = Array.from({ length: 20 }, (_, index) => `m${index}`)
    for (const name of names) publish(name, 1)
    let scans = 0
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = {
      ...models,
      names: async () => {
        scans += 1
        if (scans > 1) await held
        return models.names()
      },
    }
    const serving = await createServing({ models: slow, pollMs: 10 })
    // The first scan looks at what has changed, which is all, and then at all; the next lasts until the end of the
    // test.
    await expect.poll(() => looks.length).toBe(2 * names.length)
    publish('m7', 2)
    await expect.poll(() => looks.length).toBe(2 * names.length + 1)
    expect(serving.predictNow({ model: 'm7' }, { x: 1 }, 'features')).toMatchObject({ version: 2 })
    expect(looks.at(-1)).toBe('m7')
    release()
    await serving.close()
  })

  it('loads once what many ask for while it is being loaded', async () => {
    const { models, publish, reads } = fakeModels()
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    let asked = 0
    const held = {
      ...models,
      readArtifact: async (name: string, entry: { version: number }, file: string) => {
        asked += 1
        await gate
        return models.readArtifact(name, entry, file)
      },
    }
    const serving = await createServing({ models: held, pollMs: 100_000 })
    publish('m', 1)
    const looking = serving.refresh()
    await expect.poll(() => asked).toBe(3)
    const answers = Promise.all([1, 2, 3].map((x) => serving.predict({ model: 'm' }, [{ x }], one)))
    go()
    expect((await answers).map(({ version }) => version)).toEqual([1, 1, 1])
    await looking
    expect(reads).toHaveLength(3)
    await serving.close()
  })

  it('goes on with the old version when the new one is damaged, and says so', async () => {
    const { models, publish, broken } = fakeModels()
    publish('m', 1)
    const faults: string[] = []
    const serving = await createServing({
      models,
      onFault: (name, error) => faults.push(`${name} ${error.code}`),
    })
    broken.add(2)
    publish('m', 2)
    await serving.refresh()
    expect(await serving.predict({ model: 'm' }, [{ x: 1 }], one)).toMatchObject({ version: 1 })
    expect(serving.health()).toEqual({
      looked: true,
      reachable: true,
      models: [{ name: 'm', version: 1, newest: 2, fault: expect.stringContaining('encoder.json') }],
    })
    expect(faults).toEqual(['m corrupt-artifact'])
    publish('m', 3)
    await serving.refresh()
    expect(serving.health().models).toEqual([{ name: 'm', version: 3, newest: 3, fault: null }])
    await serving.close()
  })

  it('goes on with other models where the log of one cannot be read', async () => {
    const { models, publish } = fakeModels()
    publish('a', 1)
    publish('b', 1)
    let damaged = false
    const head = async (name: string) => {
      if (damaged && name === 'a') throw new FitserveError('corrupt-artifact', 'Entry 1 cannot be read.')
      return models.head(name)
    }
    const faults: string[] = []
    const serving = await createServing({
      models: { ...models, head },
      pollMs: 100_000,
      onFault: (name, error) => faults.push(`${name} ${error.code}`),
    })
    damaged = true
    publish('b', 2)
    await serving.refresh()
    await serving.refresh('a')
    await serving.refresh('a')
    expect(serving.health().models).toEqual([
      { name: 'a', version: 1, newest: 1, fault: 'Entry 1 cannot be read.' },
      { name: 'b', version: 2, newest: 2, fault: null },
    ])
    expect(faults).toEqual(['a corrupt-artifact'])
    expect(await serving.predict({ model: 'a' }, [{ x: 1 }], one)).toMatchObject({ version: 1 })
    damaged = false
    await serving.refresh('a')
    expect(serving.health().models.map(({ fault }) => fault)).toEqual([null, null])
    await serving.close()
  })

  it('looks at the changes alone four times of five, and for notes that are gone once a minute', async () => {
    const { models } = fakeModels()
    const counts = { names: 0, changed: 0, skip: 0 }
    const counted = {
      ...models,
      names() {
        counts.names += 1
        return models.names()
      },
      changes: {
        changed() {
          counts.changed += 1
          return models.changes.changed()
        },
        skip() {
          counts.skip += 1
          return models.changes.skip()
        },
      },
    }
    // Far longer than what a busy machine adds to each pause.
    const serving = await createServing({ models: counted, pollMs: 40 })
    await expect.poll(() => counts.changed).toBeGreaterThan(40)
    expect(counts.names).toBeGreaterThan(3)
    expect(counts.names).toBeLessThan(counts.changed / 3)
    expect(counts.skip).toBe(1)
    await serving.close()
  })

  it('follows a change that was noted while a look at all models takes long', async () => {
    const { models, publish } = fakeModels()
    let looks = 0
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const names = async () => {
      looks += 1
      if (looks > 1) await held
      return models.names()
    }
    const serving = await createServing({ models: { ...models, names }, pollMs: 10 })
    await expect.poll(() => looks).toBe(2)
    publish('m', 1)
    await expect.poll(() => serving.health().models).toMatchObject([{ name: 'm', version: 1 }])
    release()
    await serving.close()
  })

  it('stops answering by an alias that was removed, and for a model that was deleted', async () => {
    const { models, publish, change } = fakeModels()
    publish('m', 1)
    publish('m', 2)
    const serving = await createServing({ models, pollMs: 100_000 })
    change('m', (state) => ({ ...state, aliases: {} }))
    await serving.refresh()
    await expect(serving.predict({ model: 'm' }, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'unknown-alias',
    })
    expect(await serving.predict({ model: 'm', version: 2 }, [{ x: 1 }], one)).toMatchObject({ version: 2 })
    change('m', (state) => ({ ...state, versions: state.versions.slice(0, 1) }))
    await serving.refresh()
    await expect(serving.predict({ model: 'm', version: 2 }, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'unknown-version',
    })
    change('m', () => undefined)
    await serving.refresh()
    await expect(serving.predict({ model: 'm', version: 1 }, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'unknown-model',
    })
    expect(serving.health()).toEqual({ looked: true, reachable: true, models: [] })
    await serving.close()
  })

  it('names every bad row, or answers the others', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const serving = await createServing({ models })
    const rows = [{ x: 1 }, { x: 'one' }, { y: 1 }, null]
    await expect(serving.predict({}, rows, many)).rejects.toMatchObject({
      code: 'invalid-rows',
      problems: [{ path: '/rows/1/x' }, { path: '/rows/2/x' }, { path: '/rows/2/y' }, { path: '/rows/3' }],
    })
    const { predictions } = await serving.predict({}, rows, { ...many, onError: 'row' })
    expect(predictions).toMatchObject([
      { value: 1 },
      { error: { message: 'x: Expected a number, got a text.', errors: [{ path: '/rows/1/x' }] } },
      { error: { message: expect.stringMatching(/^x: The column is missing.* y: The model has no such/) } },
      { error: { message: expect.stringMatching(/^Expected an object/) } },
    ])
    const extra = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`y~/${index}`, 1]))
    const [wide] = (await serving.predict({}, [{ x: 1, ...extra }], { ...many, onError: 'row' })).predictions
    const { message, errors } = (wide as RowError).error
    const wideRows = Array.from({ length: 10_000 }, () => extra)
    const refused = await serving.predict({}, wideRows, many).catch((error: FitserveError) => error.problems)
    expect(refused).toHaveLength(10_000)
    expect(refused).toContainEqual({
      path: '/rows/9999/x',
      message: expect.stringMatching(/And 30 more in this row\.$/),
    })
    expect([errors.length, message]).toEqual([30, expect.stringMatching(/^y~\/0: .* And 20 more\.$/)])
    const wider = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`y${index}`, 1]))
    await expect(serving.predict({}, [wider], many)).rejects.toMatchObject({
      total: 5_001,
      problems: { length: 100 },
    })
    const { predictions: told } = await serving.predict({}, Array(200).fill(wider), {
      ...many,
      onError: 'row',
    })
    const counts = told.map((each) => (each as RowError).error.errors.length)
    expect([counts[0], counts[199]]).toEqual([100, 1])
    expect(JSON.stringify(told.at(-1))).toContain('And 5000 more.')
    await serving.close()
  })

  it('lists what there is for an unknown model, version or alias', async () => {
    const { models, publish } = fakeModels()
    const serving = await createServing({ models })
    await expect(serving.predict({}, [{ x: 1 }], one)).rejects.toMatchObject({ code: 'unknown-model' })
    publish('m', 1, false)
    publish('n', 1)
    await expect(serving.predict({}, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('m, n'),
      problems: [{ path: '/model' }],
    })
    await expect(serving.predict({ model: 'o' }, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'unknown-model',
      message: expect.stringContaining('m, n'),
    })
    await expect(serving.predict({ model: 'm' }, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'unknown-alias',
      message:
        'No version of "m" is in production yet. Name one of its versions (1) or set the alias production.',
    })
    await expect(serving.predict({ model: 'n', version: 9 }, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'unknown-version',
    })
    await expect(
      serving.predict({ model: 'n', version: '__proto__' }, [{ x: 1 }], one),
    ).rejects.toMatchObject({ code: 'unknown-alias' })
    await serving.close()
  })

  it('tells of a version once, when it has taken its place', async () => {
    const { models, publish } = fakeModels()
    const told: [string, number][] = []
    const serving = await createServing({ models, onSwap: (...swap) => told.push(swap) })
    publish('m', 1, false)
    await expect(serving.predict({ model: 'm' }, [{ x: 1 }], one)).rejects.toThrow('in production yet')
    expect(told, 'none is in production').toEqual([])
    publish('m', 2)
    await expect.poll(() => told).toEqual([['m', 2]])
    publish('m', 3, false)
    await expect
      .poll(async () => (await serving.predict({ model: 'm', version: 3 }, [{ x: 1 }], one)).version)
      .toBe(3)
    publish('m', 4)
    await expect
      .poll(() => told)
      .toEqual([
        ['m', 2],
        ['m', 4],
      ])
    await serving.close()
  })

  it('never mixes two versions in one answer while they swap', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const serving = await createServing({ models, pollMs: 1 })
    const rows = Array.from({ length: 20_000 }, () => ({ x: 1 }))
    for (let version = 2; version < 8; version++) {
      const answer = serving.predict({ model: 'm' }, rows, many)
      publish('m', version)
      const { predictions, version: by } = await answer
      expect(new Set(predictions.map((each) => ('value' in each ? each.value : 0)))).toEqual(new Set([by]))
    }
    await serving.close()
  })

  it('goes on while the store is away', async () => {
    const { models, publish, leave } = fakeModels()
    publish('m', 1)
    const serving = await createServing({ models, pollMs: 5 })
    leave()
    await expect.poll(() => serving.health().reachable).toBe(false)
    expect(await serving.predict({}, [{ x: 2 }], one)).toMatchObject({ predictions: [{ value: 2 }] })
    await serving.close()
  })
})
