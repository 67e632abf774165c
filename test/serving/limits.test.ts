import { describe, expect, it } from 'vitest'
import { createServing } from '../../src/serving/serving.ts'
import { fakeModels, many, one, readingBy } from './fake-models.ts'

const loadedOf = (serving: { loaded(model: string): { version: number }[] }, model: string) =>
  serving.loaded(model).map(({ version }) => version)

describe('a limit of memory for models', () => {
  it('lets those go that were not used for longest, and loads them again for all who ask', async () => {
    const { models, publish, reads } = fakeModels()
    for (const name of ['a', 'b', 'c']) publish(name, 1)
    const alone = await createServing({ models })
    const [{ bytes } = { bytes: 0 }] = alone.loaded('a')
    expect(bytes).toBeGreaterThan(0)
    await alone.close()

    const serving = await createServing({ models, maxBytes: 2 * bytes })
    // Which of them is left out depends on which was read first.
    const inMemory = () => ['a', 'b', 'c'].filter((name) => loadedOf(serving, name).length > 0)
    expect(inMemory()).toHaveLength(2)
    expect(serving.health().models.map(({ version }) => version)).toEqual([1, 1, 1])
    for (const model of ['a', 'c', 'b']) await serving.predict({ model }, [{ x: 3 }], one)
    expect(inMemory()).toEqual(['b', 'c'])
    expect(serving.predictNow({ model: 'b' }, { x: 3 }, 'features')).toBeDefined()
    const before = reads.length
    const asked = [1, 2, 3].map((x) => serving.predict({ model: 'a' }, [{ x }], one))
    expect((await Promise.all(asked)).map(({ predictions }) => predictions)).toEqual(
      [1, 2, 3].map((value) => [{ value }]),
    )
    expect(reads.length - before, 'loaded once').toBe(3)
    expect(['a', 'b', 'c'].map((name) => loadedOf(serving, name))).toEqual([[1], [1], []])
    await serving.refresh()
    expect(loadedOf(serving, 'c'), 'a look at the log brings nothing back').toEqual([])
    publish('c', 2)
    expect(await serving.predict({ model: 'c', version: 2 }, [{ x: 3 }], one)).toMatchObject({
      predictions: [{ value: 6 }],
    })
    await serving.close()
  })

  it('keeps the one that is asked, however large', async () => {
    const { models, publish } = fakeModels()
    publish('a', 1)
    publish('b', 1)
    const serving = await createServing({ models, maxBytes: 1 })
    for (const model of ['a', 'b', 'a'])
      expect(await serving.predict({ model }, [{ x: 2 }], one)).toMatchObject({ predictions: [{ value: 2 }] })
    expect(loadedOf(serving, 'a')).toEqual([1])
    expect(loadedOf(serving, 'b')).toEqual([])
    await serving.close()
  })

  it('brings back the version that is meant, not another that is on its way', async () => {
    const { models, publish, change } = fakeModels()
    for (const version of [1, 2]) publish('a', version)
    publish('b', 1)
    let open = () => {}
    let gate = Promise.resolve()
    const readArtifact: typeof models.readArtifact = async (name, entry, file) => {
      if (name === 'a' && entry.version === 2) await gate
      return models.readArtifact(name, entry, file)
    }
    const serving = await createServing({
      models: readingBy(models, readArtifact),
      pollMs: 100_000,
      maxBytes: 1,
    })
    await serving.predict({ model: 'b' }, [{ x: 2 }], one)
    gate = new Promise((resolve) => {
      open = resolve
    })
    const before = serving.predict({ model: 'a' }, [{ x: 2 }], one)
    change('a', (state) => ({ ...state, aliases: { production: { version: 1, before: [] } } }))
    await serving.refresh()
    const after = [undefined, 1].map((version) => serving.predict({ model: 'a', version }, [{ x: 2 }], one))
    open()
    const first = { version: 1, predictions: [{ value: 2 }] }
    expect(await Promise.all(after)).toMatchObject([first, first])
    expect(await before).toMatchObject({ version: 2, predictions: [{ value: 4 }] })
    expect(loadedOf(serving, 'a')).toEqual([1])
    await serving.close()
  })

  it('leaves what does not fit unread until somebody asks for it', async () => {
    const { models, publish, reads } = fakeModels()
    const names = Array.from({ length: 60 }, (_, index) => `m${index}`)
    for (const name of names) publish(name, 1)
    const alone = await createServing({ models })
    const [{ bytes } = { bytes: 0 }] = alone.loaded('m0')
    await alone.close()
    reads.length = 0

    const serving = await createServing({ models, maxBytes: 5 * bytes })
    // Those that were being read when the limit was reached are read to their end.
    expect(new Set(reads.map((read) => read.split(' ')[0])).size).toBeLessThan(10)
    const before = reads.length
    publish('m59', 2)
    await serving.refresh()
    expect(reads.length, 'nobody has asked for it').toBe(before)
    for (const model of names) {
      const value = model === 'm59' ? 4 : 2
      expect(await serving.predict({ model }, [{ x: 2 }], one)).toMatchObject({ predictions: [{ value }] })
    }
    await serving.close()
  })

  it('tells an error to all who wait, and tries again for the next', async () => {
    const { models, publish, broken } = fakeModels()
    publish('a', 1)
    publish('b', 2)
    const serving = await createServing({ models, maxBytes: 1 })
    await serving.predict({ model: 'b' }, [{ x: 2 }], one)
    broken.add(1)
    const asked = [1, 2].map((x) => serving.predict({ model: 'a' }, [{ x }], one))
    for (const answer of asked) await expect(answer).rejects.toMatchObject({ code: 'corrupt-artifact' })
    broken.clear()
    expect(await serving.predict({ model: 'a' }, [{ x: 2 }], one)).toMatchObject({ version: 1 })
    await serving.close()
  })
})

describe('rows that wait', () => {
  const rows = Array.from({ length: 200_000 }, () => ({ x: 1 }))

  it('are dropped when the time is up, or nobody waits any more', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const serving = await createServing({ models })
    for (const [deadline, code] of [
      [{ leftMs: () => 0, gone: () => false }, 'deadline-exceeded'],
      [{ leftMs: () => 1000, gone: () => true }, 'cancelled'],
    ] as const)
      await expect(serving.predict({}, [{ x: 1 }], { ...one, deadline })).rejects.toMatchObject({ code })
    let looks = 0
    const deadline = { leftMs: () => (looks++ < 2 ? 1000 : 0), gone: () => false }
    await expect(serving.predict({}, rows, { ...many, deadline })).rejects.toMatchObject({
      code: 'deadline-exceeded',
    })
    await serving.close()
  })

  it('wait for a version no longer than the deadline says', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    publish('m', 2)
    const serving = await createServing({
      models: readingBy(models, (_, { version }, file) =>
        version === 1 ? new Promise(() => {}) : models.readArtifact('m', { version }, file),
      ),
    })
    const deadline = { leftMs: () => 5, gone: () => false }
    const late = serving.predict({ version: 1 }, [{ x: 1 }], { ...one, deadline })
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' })
    await serving.close()
  })

  it('are refused beyond a number, and taken again once others are answered', async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const serving = await createServing({ models, maxWaiting: 10 })
    const first = serving.predict({}, rows, many)
    await expect(serving.predict({}, [{ x: 1 }], one)).rejects.toMatchObject({ code: 'overloaded' })
    expect((await first).predictions).toHaveLength(rows.length)
    expect(await serving.predict({}, [{ x: 1 }], one)).toMatchObject({ version: 1 })
    await serving.close()
  })
})

describe('the size of an answer', () => {
  const classes = Array.from({ length: 1_000 }, (_, index) => `${'x'.repeat(40)}${index}`)
  const layer = { class_name: 'Dense', config: { name: 'output', units: 1_000, activation: 'softmax' } }
  const files: Record<string, object> = {
    'encoder.json': {
      format: 1,
      inputs: [
        {
          name: 'x',
          type: 'number',
          state: { kind: 'number', shift: 0, scale: 1, fill: 0, indicator: false, refuseGaps: false },
        },
      ],
      target: { task: 'multiclass', classes },
    },
    'model.json': {
      modelTopology: { class_name: 'Sequential', config: { layers: [layer] } },
      weightsManifest: [
        {
          weights: [
            { name: 'output/kernel', shape: [1, 1_000], dtype: 'float32' },
            { name: 'output/bias', shape: [1_000], dtype: 'float32' },
          ],
        },
      ],
    },
  }
  const wide = async () => {
    const { models, publish } = fakeModels()
    publish('m', 1)
    const readArtifact = async (_model: string, _entry: object, file: string) => {
      const json = files[file]
      return json ? Buffer.from(JSON.stringify(json)) : Buffer.from(new Float32Array(2_000).buffer)
    }
    return createServing({ models: readingBy(models, readArtifact) })
  }

  it('of many rows and classes is told before they are predicted, with the rows that fit', async () => {
    const serving = await wide()
    const rows = Array(10_000).fill({ x: 1 })
    const refused = await serving.predict({}, rows, many).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'invalid-rows',
      problems: [
        {
          path: '/rows',
          message: expect.stringMatching(
            /^The predictions of 10,000 rows may take \d{3,4} MB, above the limit of 64 MB/,
          ),
        },
      ],
    })
    const fitting = Number(/at most (\d+) rows/.exec(String(refused))?.[1])
    const { predictions } = await serving.predict({}, rows.slice(0, fitting), many)
    const bytes = JSON.stringify(predictions).length
    expect(bytes).toBeLessThan(64 * 2 ** 20)
    expect(bytes).toBeGreaterThan(32 * 2 ** 20)
    await serving.close()
  })

  it('counts together with those that are being made, but for the only one', async () => {
    const serving = await wide()
    const refused = await serving.predict({}, Array(10_000).fill({ x: 1 }), many).catch(String)
    const fitting = Number(/at most (\d+) rows/.exec(String(refused))?.[1])
    // Each takes nearly half of the room.
    const rows = Array(fitting).fill({ x: 1 })
    const two = [rows, rows].map((each) => serving.predict({}, each, many))
    await expect(serving.predict({}, [{ x: 1 }, { x: 2 }], many)).rejects.toMatchObject({
      code: 'overloaded',
    })
    await Promise.all(two)
    expect(await serving.predict({}, [{ x: 1 }], one)).toMatchObject({ version: 1 })
    await serving.close()
  })

  it('is that of the first rows, where part of the rows is enough', async () => {
    const serving = await wide()
    const rows = Array(1_000).fill({ x: 1 })
    const { predictions } = await serving.predict({}, rows, { ...many, partly: true, onError: 'row' })
    expect(predictions.length).toBeGreaterThan(5)
    expect(JSON.stringify(predictions).length).toBeLessThan(2 ** 20)
    await serving.close()
  })
})

describe('an answer with notes', () => {
  it('is refused beyond the limit of an answer, with the number of rows that fit', async () => {
    const { models, publish } = fakeModels({ range: { min: 0, max: 1 } })
    publish('a', 1)
    const serving = await createServing({ models })
    const rows = (count: number) => Array.from({ length: count }, () => ({ x: 2 }))
    const options = { ...many, notes: true }
    const refused = await serving
      .predict({ model: 'a' }, rows(600_000), options)
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'invalid-rows', problems: [{ path: '/rows' }] })
    const [, most] = /Send at most ([\d,]+) rows/.exec(String(refused)) ?? []
    const fitting = Number(most?.replaceAll(',', ''))
    expect(fitting).toBeGreaterThan(10_000)
    const { predictions } = await serving.predict({ model: 'a' }, rows(fitting), options)
    expect(predictions).toHaveLength(fitting)
    await serving.close()
  })
})

describe('explanations', () => {
  const explain = {}

  it('come with the predictions of all rows, and with a label or target that the model has', async () => {
    const { models, publish } = fakeModels()
    publish('a', 3)
    const serving = await createServing({ models })
    const { predictions } = await serving.predict({}, [{ x: 1 }, { x: null }], { ...many, explain })
    expect(predictions).toMatchObject([
      { value: 3, base: 21, explanation: [{ feature: 'x', contribution: -18 }], notes: [] },
      { value: 21, base: 21, explanation: [{ contribution: 0 }], notes: [{ feature: 'x', code: 'gap' }] },
    ])
    for (const wrong of [{ label: 'a' }, { target: 'a' }])
      await expect(serving.predict({}, [{ x: 1 }], { ...many, explain: wrong })).rejects.toMatchObject({
        code: 'invalid-request',
        problems: [{ path: `/explain/${Object.keys(wrong)[0]}` }],
      })
    await serving.close()
  })

  it('are refused for more than 1,000 rows', async () => {
    const { models, publish } = fakeModels()
    publish('a', 1)
    const serving = await createServing({ models })
    const rows = Array.from({ length: 1001 }, () => ({ x: 1 }))
    await expect(serving.predict({}, rows, { ...many, explain })).rejects.toMatchObject({
      code: 'invalid-rows',
      message: 'Expected at most 1,000 rows with "explain", got 1,001.',
    })
    const { predictions } = await serving.predict({}, rows.slice(1), { ...many, explain })
    expect(predictions).toHaveLength(1000)
    await serving.close()
  })
})
