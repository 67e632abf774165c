import { describe, expect, it, vi } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import { createPreparer } from '../../src/models/preparing/preparing.ts'
import { modelMemory } from '../../src/serving/model-memory.ts'
import { ServedModel } from '../../src/serving/served-model.ts'
import { ServedVersion } from '../../src/serving/served-version.ts'
import { createServing } from '../../src/serving/serving.ts'
import { fakeModels, one } from './fake-models.ts'

/** Long enough that only the test itself asks for changes. */
const pollMs = 100_000

describe('the models that are followed', () => {
  it('are told in the order of their names', async () => {
    const { models, publish } = fakeModels()
    for (const name of ['c', 'a', 'b']) publish(name, 1)
    const serving = await createServing({ models, pollMs })
    expect(serving.health().models.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    await serving.close()
  })

  it('are found by name where their change has no note', async () => {
    const { models, publish } = fakeModels()
    const serving = await createServing({ models, pollMs })
    publish('m', 1)
    await models.changes.skip()
    expect(await serving.predict({ model: 'm' }, [{ x: 2 }], one)).toMatchObject({ version: 1 })
    publish('m', 2, false)
    await models.changes.skip()
    expect(await serving.predict({ model: 'm', version: 2 }, [{ x: 2 }], one)).toMatchObject({ version: 2 })
    await serving.close()
  })

  it('are forgotten with their fault where they were deleted', async () => {
    const { models, publish, change } = fakeModels()
    publish('a', 1)
    publish('b', 1)
    const head: typeof models.head = async (name) => {
      if (name === 'a') throw new FitserveError('corrupt-artifact', 'Entry 1 cannot be read.')
      return models.head(name)
    }
    const serving = await createServing({ models: { ...models, head }, pollMs: 2 })
    expect(serving.health().models).toMatchObject([
      { name: 'a', version: null, newest: null, fault: 'Entry 1 cannot be read.' },
      { name: 'b', version: 1, fault: null },
    ])
    for (const name of ['a', 'b']) change(name, () => undefined)
    await models.changes.skip()
    await expect.poll(() => serving.health().models).toEqual([])
    await serving.close()
  })

  it('that cannot be looked at are told of once, until they can be again', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const told: unknown[] = []
    let away: Error | undefined
    const changed = async () => {
      if (away) throw away
      return models.changes.changed()
    }
    const serving = await createServing({
      models: { ...models, changes: { ...models.changes, changed } },
      pollMs,
      onUnreachable: (error) => told.push(error),
    })
    expect([told, serving.health().reachable]).toEqual([[], true])
    const first = new Error('away')
    away = first
    for (let asked = 0; asked < 3; asked++) await expect(serving.refresh()).rejects.toThrow('away')
    expect([told, serving.health().reachable]).toEqual([[first], false])
    away = undefined
    await serving.refresh()
    expect(serving.health().reachable).toBe(true)
    const second = new Error('away again')
    away = second
    await expect(serving.refresh()).rejects.toThrow('away again')
    expect(told).toEqual([first, second])
    away = undefined
    await serving.refresh()
    await serving.close()
    away = first
    await expect(serving.refresh()).rejects.toThrow('away')
    expect(told, 'nobody waits for it any more').toEqual([first, second])
  })

  it('cannot be looked at from the start, which is told too', async () => {
    const { models, publish, leave } = fakeModels()
    publish('m', 1)
    leave()
    const told: unknown[] = []
    const serving = await createServing({
      models,
      pollMs,
      onUnreachable: (error) => told.push(String(error)),
    })
    expect(told).toEqual(['Error: away'])
    expect(serving.health()).toEqual({ looked: false, reachable: false, models: [] })
    await serving.close()
  })

  it('have a store that cannot be asked, which is no fault of one of them', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const faults: string[] = []
    let away = false
    const head: typeof models.head = async (name) => {
      if (away) throw new FitserveError('store-unavailable', 'The store does not answer.')
      return models.head(name)
    }
    const serving = await createServing({
      models: { ...models, head },
      pollMs,
      onFault: (name) => faults.push(name),
    })
    away = true
    publish('m', 2)
    await expect(serving.refresh('m')).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(serving.health()).toMatchObject({ reachable: false, models: [{ version: 1, fault: null }] })
    expect(faults).toEqual([])
    expect(serving.hasFollowed('m', 1)).toBe(true)
    expect(serving.hasFollowed('m', 2)).toBe(false)
    expect(serving.hasFollowed('n', 1)).toBe(false)
    await serving.close()
  })
})

describe('a version that is damaged', () => {
  it('is told of to who asks for it, and tried again by number once it is mended', async () => {
    const { models, publish, broken, looks } = fakeModels()
    publish('m', 1)
    publish('m', 2)
    broken.add(1)
    const serving = await createServing({ models, pollMs })
    const ask = () => serving.predict({ model: 'm', version: 1 }, [{ x: 3 }], one)
    const before = looks.length
    await expect(ask()).rejects.toMatchObject({ code: 'corrupt-artifact' })
    expect(looks.length, 'a look at the log would not help').toBe(before)
    broken.delete(1)
    expect(await ask()).toMatchObject({ version: 1, predictions: [{ value: 3 }] })
    await serving.close()
  })

  it('is what a model without another version in production answers', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    models.readArtifacts = async () => {
      throw new RangeError('not known')
    }
    const serving = await createServing({ models, pollMs })
    const fault = { code: 'corrupt-artifact', message: 'The version could not be loaded.' }
    await expect(serving.predict({ model: 'm' }, [{ x: 1 }], one)).rejects.toMatchObject(fault)
    expect(serving.health().models).toMatchObject([{ name: 'm', version: null, fault: fault.message }])
    await serving.close()
  })
})

describe('versions beside production', () => {
  it('stay in memory up to three of them, those that were asked for last', async () => {
    const { models, publish, reads } = fakeModels()
    for (let version = 1; version <= 6; version++) publish('m', version)
    const serving = await createServing({ models, pollMs })
    const ask = (version: number) => serving.predict({ model: 'm', version }, [{ x: 1 }], one)
    const inMemory = () => serving.loaded('m').map(({ version }) => version)
    expect(inMemory()).toEqual([6])
    for (const version of [1, 2, 3]) await ask(version)
    expect(inMemory()).toEqual([6, 1, 2, 3])
    await ask(1)
    await ask(4)
    expect(inMemory().sort()).toEqual([1, 3, 4, 6])
    const before = reads.length
    for (const version of [1, 3, 4, 6]) await ask(version)
    expect(reads.length, 'none is read again').toBe(before)
    await ask(2)
    expect(reads.length).toBe(before + 3)
    expect(serving.loaded('n')).toEqual([])
    await serving.close()
  })

  it('become production without being there twice', async () => {
    const { models, publish, change } = fakeModels()
    for (const version of [1, 2]) publish('m', version)
    const serving = await createServing({ models, pollMs })
    await serving.predict({ model: 'm', version: 1 }, [{ x: 1 }], one)
    change('m', (state) => ({ ...state, aliases: { production: { version: 1, before: [2] } } }))
    await serving.refresh()
    expect(serving.loaded('m').map(({ version }) => version)).toEqual([1])
    await serving.close()
  })
})

describe('a version that is not needed any more', () => {
  async function followed() {
    const fake = fakeModels()
    fake.publish('m', 1)
    const generation = await fake.models.head('m')
    if (!generation) throw new Error('no model')
    const held: ServedModel[] = []
    const memory = modelMemory(() => held, Number.POSITIVE_INFINITY)
    const preparer = createPreparer({ largeBytes: undefined })
    const model = new ServedModel('m', { models: fake.models, preparer }, generation, memory)
    held.push(model)
    await model.follow(generation)
    const again = async () => {
      const newest = await fake.models.head('m')
      if (newest) await model.follow(newest)
    }
    return { ...fake, model, again }
  }

  it('is retired once its successor has taken its place, and not before', async () => {
    const { model, publish, again } = await followed()
    const first = model.production
    expect(first?.hold()).toBe(true)
    first?.release()
    await again()
    expect(model.production, 'nothing has changed').toBe(first)
    expect(first?.hold()).toBe(true)
    first?.release()
    publish('m', 2)
    await again()
    expect(model.production?.version).toBe(2)
    expect(first?.hold()).toBe(false)
    expect(model.production?.hold()).toBe(true)
  })

  it('is retired with its alias, its model, or the room for it', async () => {
    const { model, publish, change, again } = await followed()
    publish('m', 2)
    await again()
    const other = await model.version(1)
    const second = model.production
    change('m', (state) => ({ ...state, aliases: {} }))
    await again()
    expect([second?.hold(), other.hold(), model.current]).toEqual([false, true, undefined])
    other.release()
    publish('m', 3)
    await again()
    const third = model.production
    model.letGo(other)
    expect([other.hold(), model.production, model.current], 'it made room alone').toEqual([false, third, 3])
    if (third) model.letGo(third)
    expect([third?.hold(), model.production, model.current]).toEqual([false, undefined, 3])
    const back = await model.version(undefined)
    expect([back.version, back === third, model.production === back]).toEqual([3, false, true])
    model.retire()
    expect([back.hold(), other.hold(), model.loaded()]).toEqual([false, false, []])
  })

  it('is let go by every request that has held it', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const serving = await createServing({ models, pollMs })
    const hold = vi.spyOn(ServedVersion.prototype, 'hold')
    const release = vi.spyOn(ServedVersion.prototype, 'release')
    await serving.predict({}, [{ x: 1 }], one)
    await serving.describe({})
    await expect(serving.predict({}, [{ x: 'a' }], one)).rejects.toMatchObject({ code: 'invalid-rows' })
    expect([hold.mock.calls.length, release.mock.calls.length]).toEqual([3, 3])
    vi.restoreAllMocks()
    await serving.close()
  })
})

describe('what a version takes and gives', () => {
  it('is told of the version that is meant', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    publish('m', 2)
    const serving = await createServing({ models, pollMs })
    const signature = {
      model: 'm',
      task: 'regression',
      inputs: [{ name: 'x', type: 'number' }],
      textInput: null,
    }
    expect(await serving.describe({})).toMatchObject({ ...signature, version: 2 })
    expect(await serving.describe({ model: 'm', version: 1 })).toMatchObject({ ...signature, version: 1 })
    await expect(serving.describe({ model: 'n' })).rejects.toMatchObject({ code: 'unknown-model' })
    await expect(serving.describe({ version: 3 })).rejects.toMatchObject({ code: 'unknown-version' })
    await serving.close()
  })

  it('has columns whose names are read in any normal form', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const { readArtifacts } = models
    models.readArtifacts = async (name, entry, choose) => {
      const files = await readArtifacts.call(models, name, entry, choose)
      const encoder = String(files.get('encoder.json')).replace('"x"', '"\u00e9"')
      return new Map([...files, ['encoder.json', Buffer.from(encoder)]])
    }
    const serving = await createServing({ models, pollMs })
    for (const name of ['\u00e9', 'e\u0301'])
      expect(await serving.predict({}, [{ [name]: 3 }], one)).toMatchObject({ predictions: [{ value: 3 }] })
    await expect(serving.predict({}, [{ 'e\u0301': 'three' }], one)).rejects.toMatchObject({
      problems: [{ message: 'Expected a number, got a text.' }],
    })
    await serving.close()
  })
})
