import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { Prediction, Predictor } from '../../src/models/predictor.ts'
import { answerBytes } from '../../src/serving/answer-size.ts'
import type { PredictOptions } from '../../src/serving/contract.ts'
import { bytesOf, checkExplain, expectedBytes, tooLongToExplain } from '../../src/serving/explained-rows.ts'
import { isFiniteAnswer, notFinite } from '../../src/serving/finite.ts'
import { loadVersion } from '../../src/serving/load-version.ts'
import { type Holder, modelMemory } from '../../src/serving/model-memory.ts'
import { predictRows } from '../../src/serving/predict-rows.ts'
import { repeat } from '../../src/serving/repeat.ts'
import { invalidRows, rowError } from '../../src/serving/row-problems.ts'
import { ServedVersion } from '../../src/serving/served-version.ts'

/** A version in memory that takes so many bytes, and notes when it is freed. */
function version(bytes: number, freed: number[] = []) {
  const predictor = {
    memoryBytes: bytes,
    *freeSteps() {
      yield
      freed.push(bytes)
    },
  }
  return new ServedVersion(bytes, predictor as unknown as Predictor)
}

/** A model with versions in memory, in the order of their last use. */
function holder(...versions: ServedVersion[]): Holder & { versions: ServedVersion[] } {
  const held = [...versions]
  return {
    versions: held,
    loaded: () => [...held],
    letGo: (served) => void held.splice(held.indexOf(served), 1),
  }
}

describe('the memory of all models', () => {
  const bytesIn = (...models: { versions: ServedVersion[] }[]) =>
    models.map(({ versions }) => versions.map(({ version: bytes }) => bytes))

  it('has room below its limit', () => {
    const models = [holder(version(10), version(20)), holder(version(30))]
    expect(modelMemory(() => models, 61).hasRoom()).toBe(true)
    expect(modelMemory(() => models, 60).hasRoom()).toBe(false)
    expect(modelMemory(() => [], 1).hasRoom()).toBe(true)
    const unasked = vi.fn(() => models)
    expect(modelMemory(unasked, Number.POSITIVE_INFINITY).hasRoom()).toBe(true)
    expect(unasked, 'without a limit nobody counts').not.toHaveBeenCalled()
  })

  it('drops what was not used for longest, until all fit', () => {
    const make = () => {
      const first = version(10)
      const second = version(20)
      const third = version(30)
      const last = version(40)
      return { one: holder(first, third), other: holder(second), loaded: holder(last), first, last }
    }
    const drop = (maxBytes: number, use?: 'first') => {
      const { one, other, loaded, first, last } = make()
      if (use) first.use()
      modelMemory(() => [one, other, loaded], maxBytes).loaded(loaded, last)
      return bytesIn(one, other, loaded)
    }
    expect(drop(100)).toEqual([[10, 30], [20], [40]])
    expect(drop(99)).toEqual([[30], [20], [40]])
    expect(drop(90)).toEqual([[30], [20], [40]])
    expect(drop(89)).toEqual([[30], [], [40]])
    expect(drop(99, 'first'), 'the second is now the oldest').toEqual([[10, 30], [], [40]])
    expect(drop(1), 'the one that was just loaded stays').toEqual([[], [], [40]])
  })

  it('knows the model of a version that is not listed yet', () => {
    const other = holder(version(20))
    const served = version(30)
    const unlisted = holder(served)
    modelMemory(() => [other], 40).loaded(unlisted, served)
    expect(bytesIn(other, unlisted)).toEqual([[], [30]])
  })
})

describe('a version in memory', () => {
  it('is freed once it is retired and no request holds it', async () => {
    const freed: number[] = []
    const served = version(1, freed)
    expect([served.hold(), served.hold()]).toEqual([true, true])
    served.release()
    await sleep(1)
    expect(freed, 'it is in service').toEqual([])
    served.retire()
    served.retire()
    await sleep(1)
    expect(freed, 'a request holds it').toEqual([])
    expect(served.hold()).toBe(false)
    served.release()
    await expect.poll(() => freed).toEqual([1])
    const idle = version(2, freed)
    idle.retire()
    idle.retire()
    await expect.poll(() => freed).toEqual([1, 2])
    await sleep(1)
    expect(freed, 'once').toEqual([1, 2])
  })

  it('has been used after those that were used before', () => {
    const first = version(1)
    const second = version(2)
    expect(second.lastUsed).toBeGreaterThan(first.lastUsed)
    first.use()
    expect(first.lastUsed).toBeGreaterThan(second.lastUsed)
  })

  it('has predicted before it takes requests', async () => {
    const predict = vi.fn()
    const predictor = { inputs: [], predict } as unknown as Predictor
    const preparer = { prepare: async () => predictor, close: async () => undefined }
    const entry = {
      version: 7,
      job: 'j',
      attempt: 1,
      createdAt: '2026-01-01T00:00:00Z',
      artifacts: 'a/',
      manifest: { bytes: 1, sha256: 'a' },
    }
    const served = await loadVersion(
      { models: { readArtifacts: async () => new Map() }, preparer },
      'm',
      entry,
    )
    expect([served.version, served.predictor]).toEqual([7, predictor])
    expect(predict).toHaveBeenCalledTimes(50)
  })
})

describe('an answer', () => {
  it('is finite where all of its numbers are', () => {
    const score = { label: 'a', score: 1, confidence: 1, probabilities: { a: 1 } }
    const labels = { labels: [], probabilities: { a: 1, b: 0 } }
    const good: Prediction[] = [{ value: -1 }, { values: { a: 1, b: 2 } }, score, labels]
    expect(good.map(isFiniteAnswer)).toEqual([true, true, true, true])
    const wrong: Prediction[] = [
      { value: Number.NaN },
      { value: Number.POSITIVE_INFINITY },
      { values: { a: 1, b: Number.NaN } },
      { ...score, score: Number.NaN },
      { ...labels, probabilities: { a: Number.NaN, b: 0 } },
    ]
    expect(wrong.map(isFiniteAnswer)).toEqual([false, false, false, false, false])
    expect(notFinite()).toMatchObject({
      code: 'corrupt-artifact',
      message: 'The prediction of the model is not a finite number.',
    })
  })

  it('with a set or an interval is taken for five times as large', () => {
    const predictor = { answerBytes: 100 }
    expect(answerBytes(predictor, undefined)).toBe(100)
    expect(answerBytes(predictor, {})).toBe(100)
    expect(answerBytes(predictor, { interval: 0.9 })).toBe(500)
    expect(answerBytes(predictor, { set: 0.9 })).toBe(500)
    expect(answerBytes(predictor, { abstain: 0.9 })).toBe(500)
  })
})

describe('rows that are invalid', () => {
  const problemsOf = (count: number, total = count) => {
    return {
      first: Array.from({ length: count }, (_, at) => ({ path: `/rows/0/c${at}`, message: `m${at}` })),
      total,
    }
  }
  const refused = (rows: ReturnType<typeof problemsOf>[]) => {
    const error = invalidRows({ inputs: [{ name: 'x', type: 'number' }] }, rows)
    return { problems: error.problems, total: error.total, message: error.message }
  }

  it('are told with all problems up to ten thousand of them, then with the first of each row', () => {
    const whole = refused([...Array(4_999).fill(problemsOf(2)), problemsOf(1), problemsOf(1)])
    expect([whole.problems?.length, whole.total]).toEqual([10_000, 10_000])
    expect(whole.message).toBe('Some rows are invalid, so none was answered. Expected columns: x (number).')
    const short = refused([
      ...Array(4_999).fill(problemsOf(2)),
      problemsOf(1),
      problemsOf(2),
      problemsOf(0, 0),
    ])
    expect([short.problems?.length, short.total]).toEqual([5_001, 5_001])
    expect(short.problems?.slice(-3).map(({ message }) => message)).toEqual([
      'm0 And 1 more in this row.',
      'm0',
      'm0 And 1 more in this row.',
    ])
  })

  it('have a message of ten problems, by column', () => {
    const path = '/rows/0'
    expect(rowError(problemsOf(1), path).error).toEqual({ message: 'c0: m0', errors: problemsOf(1).first })
    expect(rowError(problemsOf(10), path).error.message).toMatch(/^c0: m0 .* c9: m9$/)
    expect(rowError(problemsOf(11), path).error.message).toMatch(/ c9: m9 And 1 more\.$/)
    expect(rowError(problemsOf(2, 5), path).error.message).toBe('c0: m0 c1: m1 And 3 more.')
    const first = [{ path: '/rows/0/a~1b~0c', message: 'm' }, { path, message: 'all' }, { message: 'none' }]
    expect(rowError({ first, total: 3 }, path).error.message).toBe('a/b~c: m all none')
  })
})

describe('explanations', () => {
  const classes = { classes: ['a', 'b'], targets: [] }

  it('are made for at most a thousand rows, and for a label that there is', () => {
    const check = (rows: number, explain: object) =>
      checkExplain(classes, Array(rows).fill({}), { path: '/rows', explain })
    expect(() => check(1_000, {})).not.toThrow()
    expect(() => check(1, { label: 'b' })).not.toThrow()
    const message = 'Expected at most 1,000 rows with "explain", got 1,001.'
    expect(() => check(1_001, {})).toThrow(
      expect.objectContaining({ code: 'invalid-rows', message, problems: [{ path: '/rows', message }] }),
    )
    expect(() => check(1, { label: 'c' })).toThrow(
      expect.objectContaining({ code: 'invalid-request', problems: [expect.anything()] }),
    )
  })

  it('are of texts of at most 100,000 characters', () => {
    const long = 'x'.repeat(100_001)
    const message =
      'The text has 100,001 characters, above the limit of 100,000 with "explain". Send a shorter one.'
    const row = { a: 'x'.repeat(100_000), 'b/c': long, d: 7, e: null, f: [long] }
    expect(tooLongToExplain(row, '/rows/3', 'features')).toEqual([{ path: '/rows/3/b~1c', message }])
    expect(tooLongToExplain({ text: long }, '/text', 'text')).toEqual([{ path: '/text', message }])
  })

  it('have a size that is estimated before, and known after', () => {
    const inputs = [{ name: 'a' }, { name: 'b' }] as unknown as Predictor['inputs']
    // 70 bytes for each column of a row, and 60 for each character.
    expect(expectedBytes({ inputs }, [{ a: 'four', b: 1 }, { a: null }, 'text', null, 7])).toBe(
      5 * 2 * 70 + 8 * 60,
    )
    expect(expectedBytes({ inputs }, Array(1_000).fill({ a: 'x'.repeat(1_000) }))).toBe(16 * 2 ** 20)
    const contribution = { feature: 'text', term: 'good', contribution: 1, spans: [{}, {}] }
    const explained = (notes: object[]) =>
      bytesOf({ explanation: [contribution, { feature: 'x' }], notes } as unknown as Parameters<
        typeof bytesOf
      >[0])
    // 70 + 3 · (4 + 4) + 2 · 16, and 70 + 3 · 1.
    expect(explained([])).toBe(126 + 73)
    expect(explained([{ é: 1 }])).toBe(199 + Buffer.byteLength('[{"é":1}]'))
  })
})

describe('what an answer has beside its predictions', () => {
  /** Answers rows, each with so many bytes of a term or of a note. */
  const answered = (
    rows: number,
    bytes: number,
    { answerBytes = 10, ...options }: Partial<PredictOptions> & { answerBytes?: number },
  ) => {
    const term = 'x'.repeat(bytes)
    const predictor = {
      answerBytes,
      classes: [],
      targets: [],
      check: () => ({ first: [], total: 0 }),
      predict: () => ({ value: 1 }),
      notes: () => [{ feature: 'x', code: 'gap', message: term }],
      *explain() {
        yield
        return { value: 1, base: 0, rest: 0, explanation: [{ term, contribution: 1 }], notes: [] }
      },
    }
    const served = new ServedVersion(1, predictor as unknown as Predictor)
    const form = { form: 'features', path: '/rows', single: false, onError: 'refuse' } as const
    return predictRows(served, Array(rows).fill({ x: 1 }), { ...form, ...options })
  }
  const refusal = (message: string) => ({ code: 'invalid-rows', problems: [{ path: '/rows', message }] })

  it('has the room of 16 MB for explanations', async () => {
    // A term takes three bytes for each character: two rows of 7.5 MB.
    const bytes = 2.5 * 2 ** 20
    expect(await answered(2, bytes, { explain: {} })).toHaveLength(2)
    await expect(answered(3, bytes, { explain: {} })).rejects.toMatchObject(
      refusal(
        'The explanations make the answer larger than the limit of 16 MB. Send at most 2 rows like these, or set "top" in "explain".',
      ),
    )
    expect(await answered(1, 3 * bytes, { explain: {} }), 'one row has room in any case').toHaveLength(1)
  })

  it('has any size where it is written to a file part by part', async () => {
    const bytes = 25 * 2 ** 20
    expect(await answered(3, bytes, { notes: true, anySize: true })).toHaveLength(3)
    const options = { answerBytes: 40 * 2 ** 20, notes: true, anySize: true }
    expect(await answered(3, 10, options), 'with many classes').toHaveLength(3)
  })

  it('has the room of 64 MB for notes', async () => {
    const bytes = 25 * 2 ** 20
    expect(await answered(2, bytes, { notes: true })).toHaveLength(2)
    expect(await answered(3, bytes, {})).toEqual(Array(3).fill({ value: 1 }))
    await expect(answered(3, bytes, { notes: true })).rejects.toMatchObject(
      refusal(
        'The notes make the answer larger than the limit of 64 MB. Send at most 2 rows like these, or leave "notes" out.',
      ),
    )
  })
})

describe('work that is repeated', () => {
  it('goes on after a failure, at the pause that it asks for, until it is ended', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const pauses: number[] = []
      let runs = 0
      const end = repeat(
        async () => {
          runs += 1
          await vi.advanceTimersByTimeAsync(30)
          if (runs === 1) throw new Error('no')
        },
        (tookMs) => {
          pauses.push(Math.round(tookMs))
          return 100
        },
      )
      expect([runs, pauses]).toEqual([0, [0]])
      await vi.advanceTimersByTimeAsync(99)
      expect(runs).toBe(0)
      await vi.advanceTimersByTimeAsync(1)
      expect(runs).toBe(1)
      await vi.advanceTimersByTimeAsync(300)
      expect(runs).toBeGreaterThan(1)
      expect(pauses.slice(0, 2)).toEqual([0, 30])
      await end()
      const before = runs
      await vi.advanceTimersByTimeAsync(1_000)
      expect(runs).toBe(before)
    } finally {
      vi.useRealTimers()
    }
  })

  it('has ended when the run that is under way has', async () => {
    let finish: (() => void) | undefined
    let runs = 0
    const end = repeat(
      () => {
        runs += 1
        return new Promise<void>((resolve) => {
          finish = resolve
        })
      },
      () => 0,
    )
    await expect.poll(() => runs).toBe(1)
    let isOver = false
    const ended = end().then(() => {
      isOver = true
    })
    await sleep(5)
    expect(isOver).toBe(false)
    finish?.()
    await ended
    await sleep(5)
    expect(runs).toBe(1)
  })
})
