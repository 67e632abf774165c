import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Encoding } from '../../src/datasets/contract.ts'
import { type Bench, openBench } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

/** Returns the bytes of a text in an encoding that Python wrote them in, from hex. */
const hex = (digits: string) => Buffer.from(digits, 'hex')
const csv = (...cells: Buffer[]) =>
  Buffer.concat([Buffer.from('v,n\n'), ...cells.flatMap((cell, n) => [cell, Buffer.from(`,${n}\n`)])])

describe('a file in another encoding', () => {
  it.each<[Encoding, Buffer, string[]]>([
    // The syllables 똠, 갂 and 힣 are none of KS X 1001.
    [
      'cp949',
      csv(hex('c7d1b1db'), hex('8c638141c652'), Buffer.from('abc'), hex('a2e6')),
      ['한글', '똠갂힣', 'abc', '€'],
    ],
    ['euc-kr', csv(hex('c7d1b1db'), Buffer.from('x')), ['한글', 'x']],
    ['windows-1252', csv(hex('80'), hex('636166e9'), hex('93939f94')), ['€', 'café', '““Ÿ”']],
    ['iso-8859-1', csv(hex('636166e9'), hex('a4')), ['café', '¤']],
    ['windows-1250', csv(hex('5a61bff3b3e62067ea9c6cb9206a619ff1')), ['Zażółć gęślą jaźń']],
    ['windows-1251', csv(hex('cef7e5edfc20f5eef0eef8e8e920eef2e5ebfc')), ['Очень хороший отель']],
    ['windows-1253', csv(hex('d0efebfd20eae1ebfc')), ['Πολύ καλό']],
    ['windows-1254', csv(hex('fdf064fd7220ddfe')), ['ığdır İş']],
    ['windows-1257', csv(hex('ef6f7469206c61627320fb64656e73')), ['ļoti labs ūdens']],
    ['koi8-r', csv(hex('efdec5ced820c8cfd2cfdbc9ca')), ['Очень хороший']],
    ['shift_jis', csv(hex('82c682c482e097c782a2837a8365838b8141b1b2b3')), ['とても良いホテル、ｱｲｳ']],
    ['euc-jp', csv(hex('a4c8a4c6a4e2cec9a4a4a5dba5c6a5eb')), ['とても良いホテル']],
    ['gb18030', csv(hex('d5e2bcd2bec6b5eab7c7b3a3bac3a2e3')), ['这家酒店非常好€']],
    ['big5', csv(hex('b36fae61b6baa9b1ab44b160a66e')), ['這家飯店非常好']],
  ])('is read as %s', async (encoding, content, values) => {
    const { rows } = await bench.table(content, { encoding, types: 'v:text' })
    expect(rows.map((row) => row['v'])).toEqual(values)
  })

  it('is UTF-16 by its byte order mark, or by name', async () => {
    const text = 'v,n\n"😀, ü",1\n한글,2\n'
    const le = Buffer.from(text, 'utf16le')
    const be = Buffer.from(le).swap16()
    for (const [content, encoding] of [
      [Buffer.concat([hex('fffe'), le])],
      [Buffer.concat([hex('feff'), be])],
      [le, 'utf-16le'],
      [be, 'utf-16be'],
      [Buffer.concat([hex('feff'), be]), 'utf-16be'],
    ] as [Buffer, Encoding?][]) {
      const { rows } = await bench.table(content, encoding ? { encoding } : {})
      expect(rows).toEqual([
        { v: '😀, ü', n: 1 },
        { v: '한글', n: 2 },
      ])
    }
  })

  it('is not read in another encoding than that of its byte order mark', async () => {
    for (const encoding of ['windows-1252', 'cp949', 'gb18030', 'utf-16le'] as const)
      await expect(bench.send('\uFEFFv,n\né,1\n', { encoding })).rejects.toThrow(
        `begins with the byte order mark of UTF-8, and so does not seem to be ${encoding}. Leave the parameter encoding out`,
      )
  })

  it('has lines at fault where a byte is no character, and the lines around them', async () => {
    const cases: [Encoding | undefined, Buffer, RegExp][] = [
      ['cp949', hex('b0'), /not valid cp949/],
      ['cp949', hex('ff'), /not valid cp949/],
      ['windows-1252', hex('81'), /not valid windows-1252/],
      [undefined, hex('e9'), /not valid UTF-8; encoding=windows-1252 or .* would read it as "é,1"/],
      [undefined, hex('8198ff'), /not valid UTF-8$/],
      ['windows-1251', hex('98'), /not valid windows-1251/],
      ['shift_jis', hex('82'), /not valid shift_jis/],
      ['gb18030', hex('ff'), /not valid gb18030/],
    ]
    for (const [encoding, bad, message] of cases) {
      const content = csv(Buffer.from('a'), bad, Buffer.from('c'))
      const sending = { onError: 'skip' as const, ...(encoding && { encoding }) }
      const { rows, rejects } = await bench.table(content, sending)
      expect(rows.map((row) => row['n'])).toEqual([0, 2])
      expect(rejects).toMatchObject([{ line: 3, message: expect.stringMatching(message) }])
    }
    const half = Buffer.concat([hex('fffe'), Buffer.from('v,n\na,0\nb\ud800,1\nc,2\n', 'utf16le'), hex('41')])
    expect((await bench.table(half, { onError: 'skip' })).rejects.map(({ line }) => line)).toEqual([3, 5])
  })

  it('names the one encoding that reads all of its lines, and else lets the client name it', async () => {
    const korean = await bench.refusal(csv(hex('c7d1b1db'), hex('b0a1')))
    expect(korean.message).toMatch(/not UTF-8.*encoding=cp949/)
    expect((await bench.table(csv(hex('c7d1b1db'), hex('b0a1')), { encoding: 'cp949' })).dataset.rows).toBe(2)
    expect((await bench.refusal(csv(hex('c7d1b1db'), hex('e9')))).message).toMatch(/Name its encoding/)
    // Capitals before small letters look like Korean of the extension.
    expect((await bench.refusal(csv(hex('c46e646572756e67')))).message).toMatch(/encoding=windows-1252/)
  })

  it('shows what the likely encodings make of its first line', async () => {
    const russian = await bench.refusal(
      csv(hex('efebeef5ee20f0e0e1eef2e0e5f2'), hex('c4eee1f0e520f5f3e1e0e2')),
    )
    expect(russian.message).toBe(
      'The file is not UTF-8. It may be encoding=windows-1251, in which line 2 reads "плохо работает,0", or encoding=windows-1253, in which line 2 reads "ολξυξ πΰαξςΰες,0". Upload it with the one that is right.',
    )
    const many = csv(...Array.from({ length: 150 }, () => hex('e9')))
    const { rejects } = await bench.table(Buffer.concat([many, Buffer.from('x,9\n')]), { onError: 'skip' })
    const withReadings = rejects.filter(({ message }) => message.includes('encoding='))
    expect([rejects.length, withReadings.length]).toEqual([150, 100])
  })

  it('comes back as it was written', async () => {
    const western = fc.string({ unit: fc.constantFrom(...'aé€œŸÿ ,"\n', '\u00a0'), maxLength: 20 })
    const bytesOf = (text: string) =>
      Buffer.from(text.replaceAll('€', '\x80').replaceAll('œ', '\x9c').replaceAll('Ÿ', '\x9f'), 'latin1')
    const utf16 = fc
      .string({ unit: 'binary', maxLength: 20 })
      .filter((text) => !/[\p{Surrogate}\0]/u.test(text))
    const field = (text: string) => `"${text.replaceAll('"', '""')}"`
    const file = (texts: readonly string[]) =>
      `v,n\n${texts.map((text, n) => `${field(text)},${n}\n`).join('')}`
    const back = async (content: Buffer, encoding: Encoding, texts: readonly string[]) => {
      const { rows } = await bench.table(content, { encoding, types: 'v:text' })
      expect(rows.map((row) => row['v'])).toEqual(texts)
    }
    const texts = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(texts(western), (all) => back(bytesOf(file(all)), 'windows-1252', all)),
      { numRuns: 15 },
    )
    await fc.assert(
      fc.asyncProperty(texts(utf16), (all) => back(Buffer.from(file(all), 'utf16le'), 'utf-16le', all)),
      { numRuns: 15 },
    )
  })

  it('is read across chunks', async () => {
    const line = '한글과 똠방각하 😀,1\n'
    const text = `v,n\n${line.repeat(60_000)}`
    const { dataset } = await bench.send(Buffer.from(`\ufeff${text}`, 'utf16le'), { types: 'v:category' })
    expect(dataset).toMatchObject({
      rows: 60_000,
      rejected: 0,
      columns: [{ classes: { '한글과 똠방각하 😀': 60_000 } }, {}],
    })
  })
})

describe('a delimiter', () => {
  it.each(['^', '~', '\x01', '#', '¦', '*'])(
    '%j is found where all lines have it equally often',
    async (delimiter) => {
      const lines = ['x y', '1 2', '3 4.5', '-5 6'].map((line) => line.replace(' ', delimiter))
      const { rows, dataset } = await bench.table(`${lines.join('\n')}\n`)
      expect(rows[1]).toEqual({ x: 3, y: 4.5 })
      expect(dataset.warnings).toMatchObject([{ code: 'delimiter-found' }])
    },
  )

  it.each([
    ['only the header has it', 'a#b\n1\n2\n3\n', 'a#b'],
    ['two of them are there', 'a#b~c\n1#2~3\n1#2~3\n', 'a#b~c'],
    ['there is a comma', 'a#,b\n1#,2\n3#,4\n', 'a#'],
    ['it belongs to times, addresses or names', 'at hh:mm\n12:30\n13:45\n14:00\n', 'at hh:mm'],
  ])('is none where %s', async (_, content, name) => {
    expect((await bench.send(content)).dataset.columns[0]?.name).toBe(name)
  })
})
