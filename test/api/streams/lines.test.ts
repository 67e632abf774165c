import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyMemory } from '../../../src/api/requests/body-memory.ts'
import { type Line, splitLines } from '../../../src/api/streams/lines.ts'
import { collectGarbage } from '../../helpers/collect-garbage.ts'

async function split(
  chunks: Iterable<Uint8Array>,
  maxBytes = 1000,
  more: { memory?: BodyMemory; maxLineMs?: number } = {},
): Promise<Line[]> {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const lines: Line[] = []
  for await (const batch of splitLines(source(), { maxBytes, memory: new BodyMemory(maxBytes), ...more })) {
    expect(batch.length).toBeGreaterThan(0)
    expect(batch.length).toBeLessThanOrEqual(1000)
    lines.push(...batch)
  }
  return lines
}

describe('lines of a stream', () => {
  it('are the same however the bytes are cut', async () => {
    const bytes = fc
      .array(
        fc.oneof(fc.constantFrom('\n', '\r\n', ' ', 'é', '한국', '{"a":1}'), fc.string({ unit: 'grapheme' })),
      )
      .map((parts) => Buffer.from(parts.join('')))
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat(), { maxLength: 8 }), async (all, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length]
        const chunks = places.slice(1).map((end, index) => all.subarray(places[index], end))
        const expected = all
          .toString()
          .split('\n')
          .flatMap((text, index) => (text.trim() === '' ? [] : [{ number: index + 1, text }]))
        expect(await split(chunks, 1e6)).toEqual(expected)
      }),
    )
  })

  it('that are blank are counted and left out', async () => {
    expect(await split([Buffer.from('a\n\n \r\nb\n')])).toEqual([
      { number: 1, text: 'a' },
      { number: 4, text: 'b' },
    ])
  })

  it('lose a byte order mark at the beginning, and only there', async () => {
    expect(await split([Buffer.from('\uFEFFa\n\uFEFFb')])).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: '\uFEFFb' },
    ])
  })

  it('that are not UTF-8 are reported, and the others stay', async () => {
    const lines = await split([Buffer.from([0x61, 0x0a, 0xc3, 0x28, 0x0a, 0x62])])
    expect(lines).toEqual([
      { number: 1, text: 'a' },
      { number: 2, fault: 'The line is not valid UTF-8.' },
      { number: 3, text: 'b' },
    ])
  })

  it('that are too long are measured and not kept', async () => {
    const lines = await split([...Array(50).fill(Buffer.alloc(100, 'x')), Buffer.from('\nb')], 1000)
    expect(lines).toEqual([
      { number: 1, fault: 'The line exceeds the limit of 1000 bytes.' },
      { number: 2, text: 'b' },
    ])
    expect(await split([Buffer.alloc(1000, 'x')])).toEqual([{ number: 1, text: 'x'.repeat(1000) }])
  })
  it('hold little more memory than their bytes, however small the chunks are', async () => {
    const bytes = 2 ** 20
    let peak = 0
    function* chunks() {
      for (let sent = 0; sent < bytes; sent++) yield Buffer.from('x')
      peak = used()
    }
    const before = used()
    const [line] = await split(chunks(), bytes)
    expect(line).toEqual({ number: 1, text: 'x'.repeat(bytes) })
    expect(peak - before).toBeLessThan(16 * bytes)
  })

  it('that have no room beside other bodies are reported, and their room is free again', async () => {
    const memory = new BodyMemory(1)
    const other = memory.hold()
    expect(other.add(Buffer.alloc(16 * 2 ** 20))).toBe(true)
    const long = Buffer.alloc(200_000, 'x')
    const chunks = [long, Buffer.from('\nb\n')]
    expect(await split(chunks, 1e6, { memory })).toEqual([
      { number: 1, fault: expect.stringContaining('Too many large bodies') },
      { number: 2, text: 'b' },
    ])
    other.release()
    for (let round = 0; round < 200; round++)
      expect(await split(chunks, 1e6, { memory })).toEqual([
        { number: 1, text: String(long) },
        { number: 2, text: 'b' },
      ])
  })

  it('that take too long to arrive are reported', async () => {
    const chunks = [Buffer.from('aa'), Buffer.from('aa'), Buffer.from('a\nb')]
    const [first, second] = await split(chunks, 1000, { maxLineMs: -1 })
    expect(first).toEqual({ number: 1, fault: expect.stringContaining('to arrive') })
    expect(second).toEqual({ number: 2, fault: expect.stringContaining('to arrive') })
  })
})

/** Bytes of live objects and buffers. */
function used(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
