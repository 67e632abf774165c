import { describe, expect, it } from 'vitest'
import { createServing } from '../../src/serving/serving.ts'
import type { Generation, VersionEntry } from '../../src/store/model-log.ts'

const encoder = (fill: number) => ({
  format: 1,
  inputs: [
    {
      name: 'x',
      type: 'number',
      state: { kind: 'number', shift: 0, scale: 1, fill, indicator: false, refuseGaps: false },
    },
  ],
  target: { task: 'regression', log: false, shift: 0, scale: 1 },
})
const model = {
  modelTopology: {
    class_name: 'Sequential',
    config: { layers: [{ class_name: 'Dense', config: { name: 'output', units: 1, activation: 'linear' } }] },
  },
  weightsManifest: [
    {
      weights: [
        { name: 'output/kernel', shape: [1, 1], dtype: 'float32' },
        { name: 'output/bias', shape: [1], dtype: 'float32' },
      ],
    },
  ],
}

/** Models in memory whose version n answers x · n. */
function fakeModels() {
  const heads = new Map<string, Generation>()
  const broken = new Set<number>()
  let away = false
  const publish = (name: string, version: number, promote = true) => {
    const before = heads.get(name)
    const entry: VersionEntry = {
      version,
      job: `j${version}`,
      attempt: 1,
      createdAt: '2026-01-01T00:00:00Z',
      artifacts: `a${version}/`,
      manifest: { bytes: 0, sha256: '' },
    }
    const aliases = promote ? { production: { version, before: [] } } : (before?.state.aliases ?? {})
    const state = { versions: [...(before?.state.versions ?? []), entry], aliases, nextVersion: version + 1 }
    heads.set(name, {
      generation: (before?.generation ?? 0) + 1,
      at: '2026-01-01T00:00:00Z',
      by: null,
      events: [],
      state,
    })
  }
  const models = {
    names: async () => {
      if (away) throw new Error('away')
      return [...heads.keys()]
    },
    head: async (name: string) => heads.get(name),
    readArtifact: async (_: string, entry: VersionEntry, file: string) => {
      if (broken.has(entry.version)) return Buffer.from('{')
      if (file === 'encoder.json') return Buffer.from(JSON.stringify(encoder(7)))
      return file === 'model.json'
        ? Buffer.from(JSON.stringify(model))
        : Buffer.from(Float32Array.of(entry.version, 0).buffer)
    },
  }
  /** Makes another state of a model's newest, or takes the model away. */
  const change = (name: string, of: (state: Generation['state']) => Generation['state'] | undefined) => {
    const before = heads.get(name)
    const state = before && of(before.state)
    if (before && state) heads.set(name, { ...before, generation: before.generation + 1, state })
    else heads.delete(name)
  }
  return {
    models,
    publish,
    change,
    broken,
    leave: () => {
      away = true
    },
  }
}

const one = { form: 'features', path: '/features', single: true, onError: 'refuse' } as const
const many = { form: 'features', path: '/rows', single: false, onError: 'refuse' } as const

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
    const serving = await createServing({ models, lookMs: 20 })
    publish('m', 1)
    expect(await serving.predict({ model: 'm' }, [{ x: 1 }], one)).toMatchObject({ version: 1 })
    publish('m', 2)
    expect(await serving.predict({ model: 'm', version: 2 }, [{ x: 1 }], one)).toMatchObject({ version: 2 })
    await expect.poll(async () => (await serving.predict({ model: 'm' }, [{ x: 1 }], one)).version).toBe(2)
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
    expect(serving.health()).toEqual({ ready: false, models: 1, failed: ['m'] })
    expect(faults).toEqual(['m corrupt-artifact'])
    publish('m', 3)
    await serving.refresh()
    expect(serving.health().ready).toBe(true)
    await serving.close()
  })

  it('stops answering by an alias that was removed, and for a model that was deleted', async () => {
    const { models, publish, change } = fakeModels()
    publish('m', 1)
    publish('m', 2)
    const serving = await createServing({ models, lookMs: 100_000 })
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
    expect(serving.health()).toEqual({ ready: true, models: 0, failed: [] })
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
      { error: { errors: [{ path: '/rows/1/x' }] } },
      { error: {} },
      { error: {} },
    ])
    await serving.close()
  })

  it('lists what there is for an unknown model, version or alias', async () => {
    const { models, publish } = fakeModels()
    const serving = await createServing({ models })
    await expect(serving.predict({}, [{ x: 1 }], one)).rejects.toMatchObject({ code: 'unknown-model' })
    publish('m', 1, false)
    publish('n', 1)
    await expect(serving.predict({}, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'unknown-model',
      message: expect.stringContaining('m, n'),
    })
    await expect(serving.predict({ model: 'm' }, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'unknown-alias',
    })
    await expect(serving.predict({ model: 'n', version: 9 }, [{ x: 1 }], one)).rejects.toMatchObject({
      code: 'unknown-version',
    })
    await expect(
      serving.predict({ model: 'n', version: '__proto__' }, [{ x: 1 }], one),
    ).rejects.toMatchObject({ code: 'unknown-alias' })
    await serving.close()
  })

  it('never mixes two versions in one answer while they swap', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const serving = await createServing({ models, lookMs: 1 })
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
    const serving = await createServing({ models, lookMs: 5 })
    leave()
    await expect.poll(() => serving.health().ready).toBe(false)
    expect(await serving.predict({}, [{ x: 2 }], one)).toMatchObject({ predictions: [{ value: 2 }] })
    await serving.close()
  })
})
