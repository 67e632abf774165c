import { afterEach, describe, expect, it, vi } from 'vitest'
import type { DenseLayer, NetworkWeights, SequenceFront } from '../../../src/models/network/weights.ts'
import { decodeArrays, encodeArrays } from '../../../src/training/checkpoints/array-file.ts'
import {
  arraysOf,
  endState,
  type FitState,
  RunCheckpoints,
  type TreesState,
  withArrays,
} from '../../../src/training/checkpoints/checkpoints.ts'
import type { CheckpointFiles } from '../../../src/training-contract.ts'

const texts = (bytes: Uint8Array) => {
  const length = Buffer.from(bytes).readUInt32LE(0)
  return Buffer.from(bytes).toString('utf8', 4, 4 + length)
}
/** A file with this text and these bytes behind it. */
const fileOf = (text: string, ...body: number[]) => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(Buffer.byteLength(text))
  return Buffer.concat([length, Buffer.from(text), Buffer.from(body)])
}

describe('arrays in a file', () => {
  it('are read as they were written, of each type and at any place', () => {
    const value = {
      text: 'ä',
      numbers: [1, null, true],
      a: Float32Array.of(0.1, -0, Number.NaN, Number.POSITIVE_INFINITY),
      b: [
        Float64Array.of(0.1, Number.MIN_VALUE),
        { c: Int32Array.of(-(2 ** 31)), d: Uint32Array.of(2 ** 32 - 1) },
      ],
      empty: new Float32Array(),
      // A view into the middle of a larger buffer.
      part: Float64Array.of(1, 2, 3, 4).subarray(1, 3),
    }
    const bytes = encodeArrays(value)
    expect(decodeArrays(bytes)).toEqual(value)
    // The bytes may lie anywhere in a buffer themselves.
    const shifted = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3)
    expect(decodeArrays(shifted)).toEqual(value)
  })

  it('are named in the text by their first byte and their length', () => {
    const bytes = encodeArrays([
      Float32Array.of(1, 2),
      Float64Array.of(3),
      Uint32Array.of(4),
      Int32Array.of(5),
    ])
    expect(texts(bytes)).toBe('[{"$float32":[0,2]},{"$float64":[8,1]},{"$uint32":[16,1]},{"$int32":[20,1]}]')
    expect(bytes.length).toBe(4 + texts(bytes).length + 24)
    expect(bytes.readDoubleLE(4 + texts(bytes).length + 8)).toBe(3)
  })

  it('are copies', () => {
    const bytes = encodeArrays(Float32Array.of(1))
    const read = decodeArrays(bytes)
    bytes.fill(0)
    expect(read).toEqual(Float32Array.of(1))
  })

  it('are refused where they are outside of the file, or no arrays', () => {
    const at = (place: string) => () => decodeArrays(fileOf(`{"$float32":${place}}`, 0, 0, 0x80, 0x3f))
    expect(at('[0,1]')()).toEqual(Float32Array.of(1))
    for (const place of ['[0,2]', '[4,1]', '[1,1]', '[-4,1]'])
      expect(at(place)).toThrow(new RangeError('an array outside of the file'))
    for (const place of ['[0]', '["0",1]', '[0,"1"]', '0', 'null', '{}'])
      expect(at(place)).toThrow(new RangeError('no array'))
    expect(() => decodeArrays(new Uint8Array(3))).toThrow(RangeError)
    expect(() => decodeArrays(fileOf('{'))).toThrow(SyntaxError)
  })
})

/** A folder in memory that keeps the order of all saves. */
function folder(first: Uint8Array[] = []) {
  const saved: ['done' | 'running', unknown][] = []
  const files: CheckpointFiles = {
    read: async () => [...first],
    save: async (kind, bytes) => {
      saved.push([kind, decodeArrays(bytes)])
    },
  }
  return { files, saved }
}

const running = (weight: number): FitState => ({
  epochs: [{ loss: weight }],
  weights: [Float32Array.of(weight)],
  crossFit: null,
  next: {
    best: null,
    optimizer: { step: 3, slots: [{ m: Float32Array.of(1) }], reached: null },
    dropout: [1, 2, 3, 4],
  },
})
const ended = (weight: number): FitState => ({ ...running(weight), next: null })
const trees = (): TreesState => ({
  epochs: [],
  trees: {
    base: Float64Array.of(0.5),
    value: Float64Array.of(1),
    roots: Uint32Array.of(0),
    feature: Int32Array.of(-1),
    left: Uint32Array.of(0),
    split: Uint32Array.of(0),
    sets: Uint32Array.of(),
    rows: Uint32Array.of(4),
  },
  crossFit: null,
  next: null,
})

describe('the checkpoints of a run', () => {
  afterEach(() => vi.useRealTimers())

  it('are found by the place of a fit and its key, whatever the family', async () => {
    const first = encodeArrays([
      { fit: 0, key: 'a', state: ended(1) },
      { fit: 2, key: 'c', state: trees() },
      { fit: 3, key: 'd', state: running(4) },
    ])
    const checkpoints = await RunCheckpoints.open(folder([first]).files, 0)
    const found = ['a', 'b', 'c', 'other'].map((key) => checkpoints.next(key))
    expect(found.map(({ kept }) => kept)).toEqual([ended(1), null, null, null])
    expect(found.map(({ keptTrees }) => keptTrees)).toEqual([null, null, trees(), null])
  })

  it('of a fit are the newest, and its end whatever comes after it', async () => {
    const of = (state: FitState) => encodeArrays([{ fit: 0, key: 'a', state }])
    const keptOf = async (...states: FitState[]) =>
      (await RunCheckpoints.open(folder(states.map(of)).files, 0)).next('a').kept
    expect(await keptOf(running(1), running(2))).toEqual(running(2))
    expect(await keptOf(running(1), ended(2))).toEqual(ended(2))
    expect(await keptOf(ended(1), running(2))).toEqual(ended(1))
    expect(await keptOf()).toBeNull()
  })

  it('that cannot be read are none', async () => {
    const good = [{ fit: 0, key: 'a', state: ended(1) }]
    const bad = [
      new Uint8Array(),
      encodeArrays({}),
      encodeArrays([{ fit: -1, key: 'a', state: ended(1) }]),
      encodeArrays([{ fit: 0, key: 'a', state: { ...ended(1), weights: [[1]] } }]),
      encodeArrays([{ fit: 0, key: 'a', state: { ...trees(), next: 1 } }]),
      encodeArrays([{ fit: 0, key: 'a', state: { ...trees(), trees: { ...trees().trees, left: [0] } } }]),
    ]
    for (const bytes of bad)
      expect((await RunCheckpoints.open(folder([bytes]).files, 0)).next('a')).toMatchObject({
        kept: null,
        keptTrees: null,
      })
    // Damaged files do not take the others with them.
    const both = folder([...bad, encodeArrays(good)])
    expect((await RunCheckpoints.open(both.files, 0)).next('a').kept).toEqual(ended(1))
  })

  it('are saved: those of ended fits once, those of running ones each time', async () => {
    const { files, saved } = folder()
    const checkpoints = await RunCheckpoints.open(files, 0)
    const one = checkpoints.next('a')
    const two = checkpoints.next('b')
    await one.save(running(1))
    await two.save(running(2))
    await one.end(ended(3))
    await two.end(ended(4))
    const a = (state: FitState) => ({ fit: 0, key: 'a', state })
    const b = (state: FitState) => ({ fit: 1, key: 'b', state })
    expect(saved).toEqual([
      ['running', [a(running(1))]],
      ['running', [a(running(1)), b(running(2))]],
      ['done', [a(ended(3))]],
      ['running', [b(running(2))]],
      ['done', [b(ended(4))]],
    ])
  })

  it('are due when their time has come, and at most a twentieth of the time goes into them', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    let takesMs = 0
    const { files, saved } = folder()
    const slow: CheckpointFiles = {
      ...files,
      save: (kind, bytes) => {
        vi.advanceTimersByTime(takesMs)
        return files.save(kind, bytes)
      },
    }
    const checkpoints = await RunCheckpoints.open(slow, 1_000)
    const fit = checkpoints.next('a')
    const isDueAfter = (ms: number) => {
      vi.advanceTimersByTime(ms)
      return fit.due()
    }
    expect(isDueAfter(999)).toBe(false)
    expect(isDueAfter(1)).toBe(true)
    takesMs = 200
    await fit.save(running(1))
    // The save took 200 ms, so the next one comes 4 seconds later.
    expect(isDueAfter(3_999)).toBe(false)
    expect(isDueAfter(1)).toBe(true)
    takesMs = 10
    await fit.save(running(2))
    expect(isDueAfter(999)).toBe(false)
    // An end that comes before its time is kept for the next save.
    const before = saved.length
    await fit.end(ended(3))
    expect(saved).toHaveLength(before)
    vi.advanceTimersByTime(1)
    await checkpoints.next('b').end(ended(4))
    expect(saved.slice(before)).toEqual([
      [
        'done',
        [
          { fit: 0, key: 'a', state: ended(3) },
          { fit: 1, key: 'b', state: ended(4) },
        ],
      ],
    ])
  })

  it('tell their caller of a save that failed, and are saved again by the next one', async () => {
    const { files, saved } = folder()
    let fails = true
    const broken: CheckpointFiles = {
      ...files,
      save: async (kind, bytes) => {
        if (fails) throw new Error('fenced')
        return files.save(kind, bytes)
      },
    }
    const fit = (await RunCheckpoints.open(broken, 0)).next('a')
    await expect(fit.save(running(1))).rejects.toThrow('fenced')
    fails = false
    await fit.save(running(2))
    expect(saved).toEqual([['running', [{ fit: 0, key: 'a', state: running(2) }]]])
  })
})

describe('the arrays of a network', () => {
  const front: SequenceFront = {
    base: 0,
    length: 1,
    words: 2,
    dimensions: 1,
    pooling: 'average',
    embedding: Float32Array.of(1, 2),
  }
  const layer = (kernel: readonly number[], bias: number): DenseLayer => ({
    inputs: kernel.length,
    units: 1,
    activation: 'linear',
    kernel: Float32Array.from(kernel),
    bias: Float32Array.of(bias),
  })
  const shape: NetworkWeights = { fronts: [front], layers: [layer([3, 4], 5), layer([6], 7)] }

  it('are its embeddings, then each layer’s kernel and bias', () => {
    expect(arraysOf(shape).map((array) => [...array])).toEqual([[1, 2], [3, 4], [5], [6], [7]])
    const epochs = [{ loss: 1 }]
    const state = endState({ epochs, weights: shape, crossFit: null })
    expect(state).toEqual({ epochs, weights: arraysOf(shape), crossFit: null, next: null })
    expect(state.epochs).not.toBe(epochs)
  })

  it('go back into a network of the same shape, and no other', () => {
    const others = [[10, 20], [30, 40], [50], [60], [70]].map((values) => Float32Array.from(values))
    const filled = withArrays(shape, others)
    expect(arraysOf(filled)).toEqual(others)
    expect(filled.fronts[0]).toEqual({ ...front, embedding: others[0] })
    expect(filled.layers[1]).toMatchObject({ inputs: 1, units: 1 })
    for (const arrays of [others.slice(0, 4), [new Float32Array(3), ...others.slice(1)]])
      expect(() => withArrays(shape, arrays)).toThrow(new RangeError('a checkpoint of another network'))
  })
})
