import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dialect, dialectOf, dialectOfText } from '../../../src/datasets/reader/dialect.ts'

describe('how a CSV file is cut', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dialect-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const found = async (text: string, delimiter: string | null = null, skip = 0): Promise<Dialect> => {
    const file = join(folder, 'file')
    await writeFile(file, text)
    return dialectOf({ file, delimiter, skip })
  }

  it.each<[text: string, delimiter: string, told: string | undefined]>([
    ['a,b\n1,2\n', ',', undefined],
    ['a;b\n1;2\n', ';', '";", as its header shows'],
    ['a\tb\n1\t2\n', '\t', 'tabs, as its header shows'],
    ['a|b\n1|2\n', '|', '"|", as its header shows'],
    ['a;b\n', ';', '";", as its header shows'],
    ['a;b\r\n1;2\r\n', ';', '";", as its header shows'],
    ['\n\na;b\n\n1;2\n\n', ';', '";", as its header shows'],
    ['\uFEFFa;b\n1;2\n', ';', '";", as its header shows'],
    ['"x,y";b\n1;2\n', ';', '";", as its header shows'],
    ['a;b\n"1;1";2\n', ';', '";", as its header shows'],
    ['sep=;\na;b\n1;2\n', ';', '";", as its first line says'],
    ['sep=,\na,b\n1,2\n', ',', undefined],
    // A comma in the header, two candidates, or another number in the next line decide for the comma.
    ['a;b,c\n1;2,3\n', ',', undefined],
    ['a;b|c\n1;2|3\n', ',', undefined],
    // A rare character counts where three lines have it equally often.
    ['a~b\n1~2\n3~4\n', '~', '"~", as its header shows'],
    ['a~b\n1~2\n', ',', undefined],
    ['a~b\n1~2\n3~4~5\n', ',', undefined],
    ['a~b^c\n1~2^3\n3~4^5\n', ',', undefined],
    ['a~b\n1~"2"\n3~4\n', ',', undefined],
    ['a-b\n1-2\n3-4\n', ',', undefined],
  ])('%j by %j', async (text, delimiter, told) => {
    const dialect = await found(text)
    expect(dialect.delimiter).toBe(delimiter)
    const [warning] = dialect.warnings
    if (told === undefined) expect(warning?.code).not.toBe('delimiter-found')
    else
      expect(dialect.warnings).toEqual([
        {
          code: 'delimiter-found',
          message: `The fields of the file are separated by ${told}. If that is wrong, upload it with delimiter=%2C (a comma) or another character.`,
        },
      ])
    expect(dialectOfText(text.replace('\uFEFF', ''), undefined)).toMatchObject({
      delimiter,
      separatorLine: text.startsWith('sep='),
    })
  })

  it.each([
    ['a;b\n1;2;3\n', '";"', '%3B'],
    ['a\tb\n1\n', '"\\t"', 'tab'],
    ['a b\n1 2\n3 4\n5 6\n', '" "', '%20'],
  ])('%j is read as one column, which is told', async (text, written, name) => {
    const { delimiter, warnings } = await found(text)
    expect(delimiter).toBe(',')
    expect(warnings).toEqual([
      {
        code: 'one-column',
        message: `The file is read as one column, since its header has no comma. If its fields are separated by ${written}, upload it with delimiter=${name}.`,
      },
    ])
  })

  it.each([
    'a\n1\n2\n3\n',
    'a b\n1 2\n3 4\n',
    'a b\n1 2\n3 4\n5\n',
    'a;b,c\n1,2\n',
    // What stands in quotes is one name.
    '"a b c"\n1 2 3\n4 5 6\n7 8 9\n',
    '"a;b"\n1\n2\n3\n',
  ])('%j is read without a warning', async (text) => {
    expect((await found(text)).warnings).toEqual([])
  })

  it('is shown by the header and 20 lines', async () => {
    const lines = (count: number) => `a~b\n${'1~2\n'.repeat(count)}`
    expect((await found(`${lines(20)}3\n`)).delimiter).toBe('~')
    expect((await found(`${lines(19)}3\n`)).delimiter).toBe(',')
    expect((await found(`x\n${lines(20)}3\n`, null, 1)).delimiter).toBe('~')
  })

  it('as the client says, without a warning', async () => {
    expect(await found('a;b\n1;2\n', '|')).toMatchObject({ delimiter: '|', fields: 1, warnings: [] })
    expect(await found('a;b\n1;2\n', ';')).toMatchObject({ delimiter: ';', fields: 2, warnings: [] })
    expect(await found('top\nsep=;\na;b;c\n', null, 1)).toMatchObject({ separatorLine: true, fields: 3 })
  })

  it('has as many fields as its first line, which may be longer than 64 KiB', async () => {
    expect(await found('a,b,c\n')).toMatchObject({ fields: 3, isLong: false })
    expect(await found('a'.repeat(65_536))).toMatchObject({ isLong: true })
    expect(await found('a'.repeat(65_535))).toMatchObject({ isLong: false })
    expect(await found(`${'a'.repeat(65_535)}\n1`)).toMatchObject({ isLong: false })
    expect(await found(`${'a'.repeat(65_536)}\n1`)).toMatchObject({ isLong: true })
  })

  it.each<[text: string, above: Dialect['above']]>([
    ['Report\na,b\n1,2\n3,4\n', { count: 1, first: 'Report' }],
    ['Report,\n\na,b\n1,2\n3,4\n', { count: 2, first: 'Report,' }],
    // Blank lines are left out without a word to skip them.
    ['\na,b\n1,2\n3,4\n', undefined],
    ['\n\na,b\n\n1,2\n\n3,4\n', undefined],
    ['\nReport\n\na,b\n\n1,2\n3,4\n', { count: 3, first: 'Report' }],
    ['Report, \na,b\n1,2\n3,4\n', { count: 1, first: 'Report, ' }],
    ['Report\na;b\n1;2\n3;4\n', { count: 1, first: 'Report' }],
    [`${'R'.repeat(70)}\na,b\n1,2\n3,4\n`, { count: 1, first: 'R'.repeat(60) }],
    // An index may have no name, another column may not.
    ['Report\n,b\n1,2\n3,4\n', { count: 1, first: 'Report' }],
    ['Report\na,\n1,2\n3,4\n', undefined],
    // Decimal commas are no delimiters.
    ['Report\nword;n\na;1,5\nb;2,5\nc;3,5\n', { count: 1, first: 'Report' }],
    // Header and two rows are needed, and lines that are mostly empty above them.
    ['Report\na,b\n1,2\n', undefined],
    ['x,y,z\na,b\n1,2\n3,4\n', undefined],
    ['a,b\n1,2\n3,4\n', undefined],
    ['a\n1\n2\n3\n', undefined],
    ['', undefined],
  ])('%j has above its table: %j', async (text, above) => {
    expect((await found(text)).above).toEqual(above)
  })

  it('has lines above its table behind those that are skipped', async () => {
    expect((await found('x\nReport\na,b\n1,2\n3,4\n', null, 1)).above).toEqual({ count: 2, first: 'Report' })
    expect((await found('Report\na,b\n1,2\n3,4\n', null, 1)).above).toBeUndefined()
    expect((await found('Report\na;b\n1;2\n3;4\n', ',')).above).toBeUndefined()
  })

  it.each([
    ['a,b\n1,2,\n3,4,\n', true],
    ['a,b\n"1,1",2,\n', true],
    ['a,b\n1,2,\n\n', true],
    ['a,b,\n1,2,\n', false],
    ['a,b\n1,2,\n3,4\n', false],
    ['a,b\n1,\n', false],
    ['a,b\n1,2,3,\n', false],
    ['a,b\n', false],
    ['sep=;\na;b\n1;2;\n', true],
  ])('%j has a delimiter at the end of each line: %s', async (text, wanted) => {
    expect((await found(text)).endsWithDelimiter).toBe(wanted)
  })
})
