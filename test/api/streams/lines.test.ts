import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, splitLines } from '../../../src/api/streams/lines.ts'

async function split(chunks: readonly Uint8Array[], maxBytes = 1000): Promise<Line[]> {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const lines: Line[] = []
  for await (const batch of splitLines(source(), maxBytes)) {
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
})
