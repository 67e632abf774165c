import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FileFormat } from '../../../src/datasets/contract.ts'
import {
  formatOfName,
  headOf,
  markedFormat,
  packingOf,
  seemingFormat,
} from '../../../src/datasets/file-kinds.ts'
import { refuseOptionsWithoutMeaning } from '../../../src/datasets/option-meanings.ts'
import { readOptions } from '../../../src/datasets/read-options.ts'
import { FitserveError } from '../../../src/errors.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('the format of a file', () => {
  it.each<[name: string, format: FileFormat | undefined]>([
    ['a.csv', 'csv'],
    ['a.tsv', 'csv'],
    ['a.ndjson', 'ndjson'],
    ['a.jsonl', 'ndjson'],
    ['a.json', 'ndjson'],
    ['a.parquet', 'parquet'],
    ['a.arrow', 'arrow'],
    ['a.arrows', 'arrow'],
    ['a.feather', 'arrow'],
    ['a.ipc', 'arrow'],
    ['a.xlsx', 'xlsx'],
    ['a.xlsm', 'xlsx'],
    ['A.CSV', 'csv'],
    ['a.csv.gz', 'csv'],
    ['a.parquet.ZST', 'parquet'],
    ['a.b.json', 'ndjson'],
    ['.csv', 'csv'],
    ['a.csv.zip', undefined],
    ['a.csv.gz.gz', undefined],
    ['a.gz', undefined],
    ['a.txt', undefined],
    ['csv', undefined],
    ['a.csvx', undefined],
    ['a.csv ', undefined],
    ['a.constructor', undefined],
    ['', undefined],
  ])('of the name %j is %s', (name, format) => {
    expect(formatOfName(name)).toBe(format)
  })

  it.each<[what: string, hex: string, format: FileFormat | undefined]>([
    ['PAR1 and a header', '50 41 52 31 15', 'parquet'],
    ['a column called PAR1', '50 41 52 31 2c', undefined],
    ['PAR1 alone', '50 41 52 31', undefined],
    ['ARROW1', '41 52 52 4f 57 31 00 00', 'arrow'],
    ['a text ARROW1', '41 52 52 4f 57 31 2c 00', undefined],
    ['a message of a stream', 'ff ff ff ff 10 00 00 00 00', 'arrow'],
    ['a message of 16 MiB', 'ff ff ff ff 00 00 00 01 00', undefined],
    ['the mark of a message alone', 'ff ff ff ff 10 00 00 00', undefined],
    ['three bytes of it', 'ff ff ff 00 10 00 00 00 00', undefined],
    ['nothing', '', undefined],
  ])('is shown by %s', (_, hex, format) => {
    expect(markedFormat(bytes(hex))).toBe(format)
  })

  it.each([
    ['{"a":1}', 'ndjson'],
    [' \n\t{"a":1}', 'ndjson'],
    ['\uFEFF{"a":1}', 'ndjson'],
    ['\uFEFF \n[ {', 'ndjson'],
    ['[{', 'ndjson'],
    ['[1]', 'csv'],
    ['[', 'csv'],
    ['a{', 'csv'],
    ['\uFEFF\uFEFF{', 'ndjson'],
    ['', 'csv'],
  ])('of the text %j seems to be %s', (text, format) => {
    expect(seemingFormat(Buffer.from(text))).toBe(format)
  })
})

describe('the packing of a file', () => {
  it.each<[what: string, hex: string, packing: string | undefined]>([
    ['zip', '50 4b 03 04 14', 'zip'],
    ['a zip archive without files', '50 4b 05 06 00', 'zip'],
    ['another part of zip', '50 4b 01 02 00', undefined],
    ['zstd', '28 b5 2f fd 00', 'zstd'],
    ['the first frame that is skipped', '50 2a 4d 18 00', 'zstd'],
    ['the last frame that is skipped', '5f 2a 4d 18 00', 'zstd'],
    ['a byte below those', '4f 2a 4d 18 00', undefined],
    ['a byte above those', '60 2a 4d 18 00', undefined],
    ['another file', '50 2b 4d 18 00', undefined],
    ['too few bytes', '28 b5 2f', undefined],
    ['nothing', '', undefined],
  ])('is shown by the first bytes of %s', (_, hex, packing) => {
    expect(packingOf(bytes(hex))).toBe(packing)
  })
})

describe('the beginning of a file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'head-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('has 4,096 bytes, or what there is', async () => {
    const path = join(folder, 'file')
    const content = Buffer.from(Array.from({ length: 5_000 }, (_, at) => at % 251))
    await writeFile(path, content)
    expect(await headOf(path)).toEqual(content.subarray(0, 4_096))
    await writeFile(path, 'abc')
    expect(await headOf(path)).toEqual(Buffer.from('abc'))
    await writeFile(path, '')
    expect(await headOf(path)).toHaveLength(0)
  })
})

describe('options that say nothing of a format', () => {
  const GIVEN = { sheet: 'a', delimiter: ';', header: false, skip: '1', index: 'keep', encoding: 'latin1' }
  const MEANT: Record<FileFormat, (keyof typeof GIVEN)[]> = {
    csv: ['delimiter', 'header', 'skip', 'index', 'encoding'],
    ndjson: ['encoding'],
    parquet: ['index'],
    arrow: ['index'],
    xlsx: ['sheet', 'header', 'skip', 'index'],
  }
  const NAMES = {
    csv: 'a CSV file',
    ndjson: 'a JSON file',
    parquet: 'a Parquet file',
    arrow: 'an Arrow file',
    xlsx: 'a workbook',
  }
  const refusalOf = (format: FileFormat, words: object = {}) => {
    try {
      refuseOptionsWithoutMeaning({ ...readOptions({ format, ...words }), format })
    } catch (error) {
      if (error instanceof FitserveError) return error
      throw error
    }
    return undefined
  }

  it.each(['csv', 'ndjson', 'parquet', 'arrow', 'xlsx'] as const)('are refused, of %s', (format) => {
    expect(refusalOf(format)).toBeUndefined()
    for (const [name, value] of Object.entries(GIVEN)) {
      const isMeant = MEANT[format].some((each) => each === name)
      const message = `The parameter ${name} does not apply to ${NAMES[format]}, and the file was read as such. Leave it out.`
      const refused = { code: 'invalid-dataset', message, problems: [{ path: `/${name}`, message }] }
      if (isMeant) expect(refusalOf(format, { [name]: value }), name).toBeUndefined()
      else expect(refusalOf(format, { [name]: value }), name).toMatchObject(refused)
    }
  })

  it('are all told of', () => {
    const refusal = refusalOf('ndjson', { skip: '2', sheet: 'a' })
    expect(refusal?.problems.map((problem) => 'path' in problem && problem.path)).toEqual(['/sheet', '/skip'])
  })
})
