import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FileFormat, NamedDataset, OnError } from '../../src/datasets/contract.ts'
import { DatasetName } from '../../src/datasets/identity.ts'
import { readOptions } from '../../src/datasets/read-options.ts'
import { type Bench, openBench } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

type Column = {
  name: string
  type: 'text' | 'number' | 'boolean'
  values: (string | number | boolean | null)[]
}

// The characters of a CSV file: any but NUL and unpaired surrogates. In NFC, to which names and classes are brought.
const text = (size?: { minLength?: number; maxLength?: number }) =>
  fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(...'",;\t\r\n \\\'=\uFEFF\u2028x'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
      ...size,
    })
    .map((value) => value.replaceAll('\0', '0').normalize('NFC'))
    .filter((value) => !/\p{Surrogate}/u.test(value))
const name = text({ minLength: 1, maxLength: 12 }).filter((value) => value.trim() !== '')
// `String(-0)` is `0`.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)

/** Tables of up to 30 rows. */
const table: fc.Arbitrary<Column[]> = fc.nat({ max: 29 }).chain((more) => {
  const cells = <T>(value: fc.Arbitrary<T>) =>
    fc.array(fc.option(value, { freq: 5 }), { minLength: more + 1, maxLength: more + 1 })
  const column = fc.oneof(
    fc.record({ name, type: fc.constant('text' as const), values: cells(text()) }),
    fc.record({ name, type: fc.constant('number' as const), values: cells(number) }),
    fc.record({ name, type: fc.constant('boolean' as const), values: cells(fc.boolean()) }),
  )
  return fc.uniqueArray(column, { minLength: 2, maxLength: 6, selector: (one) => one.name })
})

/** RFC 4180: everything that needs quotes has them, and the rest where `quoteAll` says so. */
function csv(
  columns: readonly Column[],
  how: { delimiter: string; lineEnd: string; quoteAll: boolean; lastEnd: boolean; bom: boolean },
): string {
  const field = (value: Column['values'][number]): string => {
    if (value === null) return ''
    const written = String(value)
    const special =
      written === '' ||
      written.startsWith('\uFEFF') ||
      ['"', '\r', '\n', how.delimiter].some((one) => written.includes(one))
    return special || how.quoteAll ? `"${written.replaceAll('"', '""')}"` : written
  }
  const lines = [columns.map((column) => field(column.name))]
  for (const row of columns[0]!.values.keys()) lines.push(columns.map(({ values }) => field(values[row]!)))
  return (
    (how.bom ? '\uFEFF' : '') +
    lines.map((line) => line.join(how.delimiter)).join(how.lineEnd) +
    (how.lastEnd ? how.lineEnd : '')
  )
}

const writing = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', 'ø', '😀'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  quoteAll: fc.boolean(),
  lastEnd: fc.boolean(),
  bom: fc.boolean(),
})

const send = (
  content: Uint8Array | string,
  columns: readonly Column[],
  more: { format: FileFormat; delimiter?: string },
) => ({
  content,
  // Not in the form of a query, where a comma ends a name.
  options: readOptions({
    ...more,
    types: Object.fromEntries(columns.map((column) => [column.name, column.type])),
  }),
})

async function expectBack(
  columns: readonly Column[],
  { content, options }: ReturnType<typeof send>,
): Promise<void> {
  const body = Readable.from([Buffer.from(content as Uint8Array)], {
    objectMode: false,
  })
  const { dataset } = await bench.datasets.upload({
    name: DatasetName.parse('table'),
    body,
    gzip: false,
    options,
  })
  expect(dataset.columns.map((column) => column.name)).toEqual(columns.map((column) => column.name))
  expect(dataset.columns.map(({ missing }) => missing)).toEqual(
    columns.map(({ values }) => values.filter((value) => value === null).length),
  )
  const { items } = await bench.datasets.rows(dataset.id, { limit: 1_000 })
  const rows = columns[0]!.values.map((_, row) => columns.map(({ values }) => values[row]!))
  expect(
    items.map((item) =>
      columns.map((column) => Object.entries(item).find(([key]) => key === column.name)![1]),
    ),
  ).toEqual(rows)
}

it('any table written as CSV comes back equal', async () => {
  const comesBack = fc.asyncProperty(table, writing, async (columns, how) => {
    await expectBack(columns, send(csv(columns, how), columns, { format: 'csv', delimiter: how.delimiter }))
  })
  await fc.assert(comesBack, { numRuns: 40 })
})

it('any table written as NDJSON comes back equal', async () => {
  const comesBack = fc.asyncProperty(table, fc.boolean(), async (columns, packed) => {
    const lines = columns[0]!.values.map(
      (_, row) =>
        `{${columns.map(({ name, values }) => `${JSON.stringify(name)}:${JSON.stringify(values[row])}`).join(',')}}\n`,
    )
    const content = lines.join('')
    await expectBack(columns, send(packed ? gzipSync(content) : content, columns, { format: 'ndjson' }))
  })
  await fc.assert(comesBack, { numRuns: 40 })
})

it('any bytes are accepted or refused', async () => {
  const pieces = fc.constantFrom(
    'a,b\n',
    '1,x\n',
    '"',
    '\r',
    '\n',
    ',',
    '{"a":',
    '}',
    '1e999',
    'PAR1',
    '\0',
    '\uFEFF',
    '""',
    'true',
    '\\ud800',
  )
  const bytes = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: pieces.map((piece) => Buffer.from(piece)) },
      fc.uint8Array({ maxLength: 4 }).map(Buffer.from),
    ),
    { maxLength: 40 },
  )
  const verdict = fc.asyncProperty(
    bytes.map((parts) => Buffer.concat(parts)),
    fc.constantFrom<FileFormat>('csv', 'ndjson', 'parquet'),
    fc.constantFrom<OnError>('skip', 'refuse'),
    fc.boolean(),
    async (content, format, onError, gzip) => {
      const sent = await bench.table(content, { format, onError, gzip }).catch((error: unknown) => error)
      if (sent instanceof Error) expect(sent).toMatchObject({ code: 'invalid-dataset' })
      else expect(sent).toMatchObject({ dataset: { rows: expect.any(Number) } })
    },
  )
  await fc.assert(verdict, { numRuns: 150 })
})

it('onError=skip keeps exactly the good lines and names the others', async () => {
  const good = fc.constantFrom('1,x', '2,"y\n\nz"', '3,', '-4e2,"q""q"', '5,""')
  const bad = fc.constantFrom('1', '1,2,3', 'inf,x', '1,x"y', '1,x\ry', '1,"x"y', '1,\0')
  const lines = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: good.map((line) => ({ line, kind: 'good' })) },
      bad.map((line) => ({ line, kind: 'bad' })),
      fc.constant({ line: '', kind: 'blank' }),
    ),
    { maxLength: 60 },
  )
  const kept = fc.asyncProperty(lines, async (drawn) => {
    // One good line at both ends: blank lines at the end are not counted, and a file needs a good one.
    const all = [{ line: '0,first', kind: 'good' }, ...drawn, { line: '9,last', kind: 'good' }]
    const sending = { onError: 'skip' as const, types: 'a:number,b:text' }
    const { dataset, rows, rejects } = await bench.table(
      `a,b\n${all.map(({ line }) => line).join('\n')}\n`,
      sending,
    )
    const clean = await bench.table(
      `a,b\n${all
        .filter(({ kind }) => kind === 'good')
        .map(({ line }) => line)
        .join('\n')}\n`,
      sending,
    )
    expect(rows).toEqual(clean.rows)
    const withoutCounts = ({ columns }: NamedDataset) => columns.map(({ decidedBy: _, ...rest }) => rest)
    expect(withoutCounts(dataset)).toEqual(withoutCounts(clean.dataset))
    let at = 2
    const bads: number[] = []
    const blanks: number[] = []
    for (const { line, kind } of all) {
      if (kind === 'bad') bads.push(at)
      if (kind === 'blank') blanks.push(at)
      at += line.split('\n').length
    }
    expect(rejects.map(({ line }) => line)).toEqual(bads)
    expect([dataset.rows, dataset.rejected]).toEqual([all.length - bads.length - blanks.length, bads.length])
    const told = dataset.warnings.find(({ code }) => code === 'empty-rows')
    expect(told?.count ?? 0).toBe(blanks.length)
    expect(told?.lines ?? []).toEqual(blanks.slice(0, 5))
  })
  await fc.assert(kept, { numRuns: 25 })
})
