import { beforeAll, describe, expect, it } from 'vitest'
import { refusal } from '../../helpers/refusal.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { type Cell, type Parts, sheetData, workbook } from '../../helpers/xlsx.ts'
import { reading } from './reading.ts'

let outer: string
beforeAll(async () => {
  outer = await temporaryFolder('xlsx')
})

type More = Parameters<typeof reading>[2]
const read = (file: Buffer, more: More = {}) => reading(outer, file, { format: 'xlsx', ...more })
const sheet = (...rows: Cell[][]) => workbook({ sheets: { A: sheetData(rows) } })
const refused = (file: Buffer, more: More = {}) => refusal(() => read(file, more))

describe('a sheet without a header', () => {
  const told = async (...rows: Cell[][]) => {
    const found = await read(sheet(...rows), { header: false })
    return {
      columns: found.told.columns.map(({ name }) => name),
      rows: found.rows,
      rejects: found.rejects,
    }
  }

  it('has its first column where the first row begins, and as many as the widest row', async () => {
    expect(await told([null, null, 1], [null, null, 2, 'x'], [null, null, null, 'y'])).toEqual({
      columns: ['column1', 'column2'],
      rows: [
        [1, null],
        [2, 'x'],
        [null, 'y'],
      ],
      rejects: [],
    })
  })

  it('has bad rows where a row begins left of it', async () => {
    const message = (column: string) => `The row begins in column ${column}, but the table in column C`
    expect(
      (await told([null, null, 1, 2], [null, 7, 8], ['x', null, 9], [null, null, 3, 4])).rejects,
    ).toEqual([
      { line: 2, message: message('B'), text: '7,8' },
      { line: 3, message: message('A'), text: 'x,9' },
    ])
  })
})

describe('the sheets of a workbook', () => {
  const RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const relation = (id: string, type: string, target: string, more = '') =>
    `<Relationship Id="${id}" Type="${RELATION}/${type}" Target="${target}"${more}/>`
  const relations = (...all: string[]) => `<Relationships>${all.join('')}</Relationships>`
  const HEADER = [['a'], [1], [2]] as Cell[][]
  const of = (parts: Partial<Parts>) =>
    workbook({ sheets: { Chart: sheetData([['x'], [7]]), Table: sheetData(HEADER) }, ...parts })
  const RELATIONS = 'xl/_rels/workbook.xml.rels'
  const TABLE = relation('s1', 'worksheet', 'worksheets/sheet1.xml')

  it('are those of cells: not a chart, nor a sheet of another workbook', async () => {
    for (const other of [
      relation('s0', 'chartsheet', 'worksheets/sheet0.xml'),
      relation('s0', 'worksheet', 'worksheets/sheet0.xml', ' TargetMode="External"'),
      '',
    ]) {
      const { rows, told } = await read(of({ files: { [RELATIONS]: relations(other, TABLE) } }))
      expect(rows).toEqual([[1], [2]])
      expect(told.warnings.map(({ code }) => code)).not.toContain('sheet-found')
    }
    const none = of({ files: { [RELATIONS]: relations(relation('s0', 'chartsheet', 'x.xml')) } })
    expect((await refused(none)).message).toBe('The spreadsheet has no sheet of cells')
  })

  it('are where the relations say, also by a path from the root', async () => {
    const sheetXml =
      '<worksheet><sheetData><row><c><v>5</v></c></row><row><c><v>6</v></c></row></sheetData></worksheet>'
    for (const [target, path] of [
      ['/other/./table.xml', 'other/table.xml'],
      ['../table.xml', 'table.xml'],
    ] as const) {
      const files = { [RELATIONS]: relations(relation('s1', 'worksheet', target)), [path]: sheetXml }
      expect((await read(of({ files }), { header: false })).rows).toEqual([[5], [6]])
    }
  })

  it('are chosen by name, by name in another case, and by number, in this order', async () => {
    const file = workbook({
      sheets: Object.fromEntries(
        [['2'], ['b'], ['B'], ['c']].map(([name = ''], index) => [name, sheetData([['n'], [index]])]),
      ),
    })
    const chosen = async (sheet: string) => (await read(file, { sheet })).rows[0]?.[0]
    expect([
      await chosen('2'),
      await chosen('B'),
      await chosen('C'),
      await chosen('4'),
      await chosen('1'),
    ]).toEqual([0, 2, 3, 3, 0])
    for (const sheet of ['5', '0', '01', 'd'])
      expect((await refused(file, { sheet })).problems).toEqual([
        {
          path: '/sheet',
          message: `The spreadsheet has no sheet "${sheet}". Its sheets are "2", "b", "B", "c".`,
        },
      ])
  })
})

it('a file that is no workbook is told what it is', async () => {
  expect((await refused(Buffer.from('a,b\n1,2\n'))).message).toMatch(/^The file is no spreadsheet \(\.xlsx\)/)
  expect((await refused(Buffer.from('%PDF-1.7'))).message).toMatch(/^The file is a PDF document/)
  expect((await refused(Buffer.from('d0cf11e0a1b11ae1', 'hex'))).message).toMatch(/old Excel workbook/)
})

it('rows with errors are told by the first five, each once', async () => {
  const error = (at: string) => `<c r="${at}" t="e"><v>#N/A</v></c>`
  const row = (line: number, ...cells: string[]) => `<row r="${line}">${cells.join('')}</row>`
  const number = (at: string) => `<c r="${at}"><v>7</v></c>`
  const rows = Array.from({ length: 7 }, (_, index) => {
    const line = index + 1
    return row(line, number(`A${line}`), error(`B${line}`), error(`C${line}`), number(`D${line}`))
  })
  const { told } = await read(workbook({ sheets: { A: `<sheetData>${rows.join('')}</sheetData>` } }), {
    header: false,
  })
  expect(told.warnings).toContainEqual(
    expect.objectContaining({ code: 'cell-errors', count: 14, lines: [1, 2, 3, 4, 5] }),
  )
})
