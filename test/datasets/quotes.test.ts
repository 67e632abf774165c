import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Quotes } from '../../src/datasets/contract.ts'
import { FitserveError } from '../../src/errors.ts'
import { type Bench, openBench } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

/** Writes a text in each way of quoting, as the programs do that use it. */
const WRITERS: Record<Exclude<Quotes, 'double'>, (text: string) => string> = {
  single: (text) => `'${text.replaceAll("'", "''")}'`,
  none: (text) => text,
  backslash: (text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`,
}

async function refusal(content: string, quotes?: Quotes): Promise<FitserveError> {
  const error: unknown = await bench
    .send(content, quotes ? { quotes } : {})
    .catch((thrown: unknown) => thrown)
  if (error instanceof FitserveError) return error
  throw new Error('The file was not refused.', { cause: error })
}

describe('a file that is quoted in another way', () => {
  it.each<[Quotes, string, (string | null)[]]>([
    [
      'none',
      'v\tn\n"Free entry\t1\nsay "hi"\t2\n5" pipe\t3\n""\t4\n',
      ['"Free entry', 'say "hi"', '5" pipe', '""'],
    ],
    [
      'single',
      "'v','n'\n'it''s, \"so\"',1\nplain's,2\n'a\nb',3\n'',4\n",
      ['it\'s, "so"', "plain's", 'a\nb', ''],
    ],
    [
      'backslash',
      '"v","n"\n"say \\"hi\\", \\\\ or",1\nwith\\, comma,2\n\\N,3\n"a\\nb ""c""\\\nd",4\n\\\\N,5\n',
      ['say "hi", \\ or', 'with, comma', null, 'a\\nb "c"\nd', '\\N'],
    ],
  ])('is read with quotes=%s', async (quotes, content, values) => {
    for (const text of [content, `\uFEFF${content}`, content.replaceAll(/(?<!\\)\n(?!b|d)/g, '\r\n')]) {
      const { rows } = await bench.table(text, { quotes, types: 'v:text' })
      expect(rows).toEqual(values.map((v, index) => ({ v, n: index + 1 })))
    }
  })

  it('is cut by the delimiter that its first lines show, also by one that few files have', async () => {
    for (const content of [
      'v^n\n"Free entry^1\nsay "hi"^2\n5" pipe^3\n',
      `v^n\n${`"${'x,'.repeat(15_000)}^1\n`.repeat(5)}`,
    ]) {
      const { rows } = await bench.table(content, { quotes: 'none', types: 'v:text' })
      const lines = content.trimEnd().split('\n').slice(1)
      expect(rows).toEqual(lines.map((line) => ({ v: line.split('^')[0], n: Number(line.split('^')[1]) })))
    }
  })

  it('may have line ends of two characters behind a backslash, in any chunks', async () => {
    for (const filling of [0, 1, 2, 3]) {
      const long = 'x'.repeat(256 * 1024 - 10 + filling)
      const content = `v,n\r\n${long}\\\r\ny,1\r\n"a\\\r\nb",2\r\n`
      const { rows } = await bench.table(content, { quotes: 'backslash', types: 'v:text' })
      expect(rows).toEqual([
        { v: `${long}\r\ny`, n: 1 },
        { v: 'a\r\nb', n: 2 },
      ])
    }
  })

  it('gives back what was written, in any chunks', async () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('"', "'", '\\', ',', 'a', 'é', '한', 'N') }), {
      minLength: 1,
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(texts, fc.nat(400), async (written, filling) => {
        // Fillings move the texts over the border of a chunk, which is 256 KiB.
        const long = 'x'.repeat(256 * 1024 - 200 + filling)
        for (const quotes of ['single', 'backslash'] as const) {
          const lines = [long, ...written].map((text, index) => `${WRITERS[quotes](text)},${index}`)
          const { dataset } = await bench.send(`v,n\n${lines.join('\n')}\n`, { quotes, types: 'v:text' })
          expect(await bench.textsOf(dataset.id, 'v')).toEqual([long, ...written])
        }
        const none = written.map((text) => text.replaceAll(',', ';'))
        const { dataset } = await bench.send(
          `v,n\n${long},0\n${none.map((text) => `${text},1\n`).join('')}`,
          {
            quotes: 'none',
            types: 'v:text',
          },
        )
        expect(await bench.textsOf(dataset.id, 'v')).toEqual([long, ...none.map((text) => text || null)])
      }),
      { numRuns: 12 },
    )
  })

  it('finds its delimiter, of several bytes too, and passes over lines to skip', async () => {
    const said = await bench.table("note 'one\n'v'¦'n'\n'a¦b'¦1\n'c'¦2\n'd'¦3\n", {
      quotes: 'single',
      skip: '1',
      delimiter: '¦',
    })
    expect(said.rows).toEqual([
      { v: 'a¦b', n: 1 },
      { v: 'c', n: 2 },
      { v: 'd', n: 3 },
    ])
    const found = await bench.table('v;n\na\\;b;1\n"c;";2\n', { quotes: 'backslash' })
    expect(found.rows.map((row) => row['v'])).toEqual(['a;b', 'c;'])
  })

  it('keeps faults with the lines that they are on', async () => {
    const { rows, rejects } = await bench.table("v,n\n'a'b,1\n'c\nd',2\nx,y,3\n'e',4\n", {
      quotes: 'single',
      onError: 'skip',
    })
    expect(rows.map((row) => row['n'])).toEqual([2, 4])
    expect(rejects.map(({ line, message }) => [line, message])).toEqual([
      [2, 'There is text after a closing quote'],
      [5, 'The line has 3 fields, the header 2 fields'],
    ])
    const open = await refusal("v,n\n'a,1\nb,2\n", 'single')
    expect(open.problems.map(({ line }) => line)).toEqual([2])
    const bytes = await bench.table(Buffer.from('v\tn\n"\xe9\t1\n"a\t2\n', 'latin1'), {
      quotes: 'none',
      onError: 'skip',
      delimiter: '\t',
    })
    expect(bytes.rejects.map(({ line }) => line)).toEqual([2])
    expect(bytes.rows).toEqual([{ v: '"a', n: 2 }])
  })

  it('is another data set than the same bytes in double quotes', async () => {
    const content = 'v,n\n"a",1\n'
    const double = await bench.send(content)
    const none = await bench.send(content, { quotes: 'none' })
    expect(none.dataset.id).not.toBe(double.dataset.id)
    expect((await bench.send(content, { quotes: 'double' })).dataset.id).toBe(double.dataset.id)
  })

  it('is refused with the parameter that reads it', async () => {
    expect((await refusal('v\tn\n"Free entry\t1\nsay "hi"\t2\n')).message).toContain(
      'upload it with quotes=none',
    )
    expect((await refusal('v,n\n"say \\"hi\\" to",1\n')).message).toContain(
      'Upload the file with quotes=backslash',
    )
    expect((await refusal("'v','n'\n'one, two','1'\n")).message).toContain(
      'Upload the file with quotes=single',
    )
    const { warnings } = (await bench.send("'v','n'\n'one','1'\n'two','2'\n")).dataset
    expect(warnings.map(({ code }) => code)).toContain('single-quotes')
  })
})

describe('quotes without meaning', () => {
  it('are refused beside another format', async () => {
    const sent = bench.send('{"a":1}\n', { format: 'ndjson', quotes: 'none' })
    await expect(sent).rejects.toMatchObject({ problems: [{ path: '/quotes' }] })
  })
})
