import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { AnswerBuffer } from '../../../src/api/streams/answer-buffer.ts'

/** Ten bytes at a time, counting how many were asked for. */
function source(count: number, failure?: Error) {
  const seen = { asked: 0, closed: false }
  async function* texts(): AsyncGenerator<string> {
    try {
      for (; seen.asked < count; ) yield String(++seen.asked).padStart(10, '0')
      if (failure) throw failure
    } finally {
      seen.closed = true
    }
  }
  return { seen, texts: texts() }
}

const settle = async () => {
  for (let turn = 0; turn < 200; turn++) await setImmediate()
}

const numbers = async (chunks: AsyncIterable<Buffer>) => {
  const all: number[] = []
  for await (const bytes of chunks) all.push(Number(bytes.toString()))
  return all
}

describe('answers ahead of a client that does not read', () => {
  it('are all made where they fit, and come in order', async () => {
    const { seen, texts } = source(50)
    const chunks = new AnswerBuffer(1_000).of(texts)
    const first = await chunks.next()
    await settle()
    expect(seen).toEqual({ asked: 50, closed: true })
    expect([Number(first.value?.toString()), ...(await numbers(chunks))]).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    )
  })

  it('wait for the client beyond the limit, which is one for all streams', async () => {
    const ahead = new AnswerBuffer(100)
    const one = source(1_000)
    const first = ahead.of(one.texts)
    await first.next()
    await settle()
    expect(one.seen.asked).toBeLessThan(15)
    const two = source(1_000)
    const second = ahead.of(two.texts)
    await second.next()
    await settle()
    expect(two.seen.asked).toBeLessThan(4)
    expect(await numbers(second)).toHaveLength(999)
    expect(await numbers(first)).toHaveLength(999)
  })

  it('are forgotten when the client leaves, and the source is closed', async () => {
    const ahead = new AnswerBuffer(100)
    for (let round = 0; round < 3; round++) {
      const { seen, texts } = source(1_000)
      const chunks = ahead.of(texts)
      await chunks.next()
      await settle()
      expect(seen.asked, 'the room of those before is free again').toBeGreaterThan(8)
      await chunks.return(undefined)
      await settle()
      expect(seen.closed).toBe(true)
    }
  })

  it('come before an error of the source', async () => {
    const failure = new Error('broken')
    const chunks = new AnswerBuffer(1_000).of(source(3, failure).texts)
    for (const expected of [1, 2, 3]) expect(Number((await chunks.next()).value?.toString())).toBe(expected)
    await expect(chunks.next()).rejects.toBe(failure)
  })
})
