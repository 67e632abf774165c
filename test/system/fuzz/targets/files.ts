import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { escaped, sheetData, workbook } from '../../../helpers/xlsx.ts'
import { zip } from '../../../helpers/zip.ts'
import { type Material, mutated } from '../bytes.ts'
import { JSON_WORDS, mutatedJson } from '../json.ts'
import type { Draws } from '../random.ts'
import { type Answered, bodiless, type Sent, type Target } from '../target.ts'

/* Files that are uploaded as data sets, one target for each reader. */

const TABLES: Material = {
  corpus: [
    'text,label\nA wonderful film,pos\nDull,neg\n"quoted, with ""quotes""\nand a line",pos\n',
    'a;b;c\r\n1,5;2020-01-02;x\r\n"1.234,5";02.03.2021;"y;z"\r\n;;\r\n',
    'id\tprice\twhen\n1\t$1,234.50\t2020-01-02T03:04:05Z\n2\t(5)\t1577934245\n',
    '\uFEFFname,ok,share\nÄpfel,true,5%\n한국,false,7.5 %\n',
    'x,y\n1,2\n3,4\n5,6\n',
    'a,b,label\n1,,p|q\n2,NA,q\n3,?,\n',
  ].map((text) => Buffer.from(text)),
  words: [
    ',',
    ';',
    '\t',
    '|',
    '"',
    '""',
    "'",
    '\\',
    '\\"',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\u0000',
    '\uFEFF',
    '\u00A0',
    '\u2028',
    '1e999',
    '-0',
    '0x10',
    '1_000',
    '9'.repeat(400),
    'NaN',
    'null',
    '2020-02-30',
    '99999-01-01T00:00:00+99:99',
    '=cmd()',
    '<script>',
    'text,label\n',
  ],
}

const LINES: Material = {
  corpus: [
    '{"text":"A film","label":"pos"}\n{"text":"Dull","label":"neg"}\n',
    '{"a":{"b":1,"c":[1,2]},"d":null}\n{"a":{"b":2.5},"d":true}\r\n',
    '{"when":"2020-01-02","labels":["x","y"]}\n{"when":null,"labels":[]}\n',
  ].map((text) => Buffer.from(text)),
  words: JSON_WORDS,
}

const ROWS = [
  [
    { text: 'A film', label: 'pos', stars: 5 },
    { text: 'Dull', label: 'neg', stars: null },
  ],
  [{ a: { b: 1, c: { d: [1, 2] } } }, { a: { b: 2 } }],
]

const HEADS: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  json: 'application/json',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
  zip: 'application/zip',
}

/** Options of an upload, which are tried with some of the files. */
const OPTIONS = [
  'onError=skip',
  'delimiter=%3B',
  'decimal=,',
  'header=false',
  'index=0',
  'encoding=utf-16le',
  'encoding=cp949',
  'encoding=windows-1252',
  'encoding=gb18030',
  'encoding=shift_jis',
  'encoding=koi8-r',
  'quotes=none',
  'quotes=single',
  'quotes=backslash',
  'quotes=backslash&delimiter=tab&encoding=utf-16be',
  'skip=1',
  'types=a:category,b:number,text:text',
  'types=label:list,stars:category',
  'dates=%25d.%25m.%25Y',
  'missing=NA,%3F',
  'sheet=1',
  'entry=a.csv',
]

/** Files are written and read by programs of their own, which takes ten times as long as an answer to JSON. */
const SHARE = 0.2

/** Returns the targets of the readers of files. */
export function fileTargets(): Target[] {
  const parquet = fixtures('parquet', /\.parquet$/)
  const arrow = fixtures('arrow', /\.(arrow|arrows|feather)$/)
  return [
    upload('csv', (draws) => mutated(draws, TABLES)),
    upload('ndjson', (draws) => mutated(draws, LINES)),
    upload('json', (draws) => mutatedJson(draws, ROWS)),
    upload('xlsx', sheet),
    upload('parquet', (draws) => mutated(draws, { corpus: parquet, words: ['PAR1'] })),
    upload('arrow', (draws) => mutated(draws, { corpus: arrow, words: ['ARROW1'] })),
    upload('zip', packed),
    compressed(),
    form(),
  ].map((target) => ({ ...target, share: SHARE }))
}

function fixtures(folder: string, names: RegExp): Buffer[] {
  const path = join(import.meta.dirname, '../../../fixtures', folder)
  return readdirSync(path)
    .filter((name) => names.test(name))
    .map((name) => readFileSync(join(path, name)))
}

function upload(name: string, file: (draws: Draws) => Buffer): Target {
  return {
    name,
    next: (draws) => sent(draws, file(draws), { 'content-type': HEADS[name] ?? '' }),
    undo: deletion,
  }
}

function sent(draws: Draws, body: Buffer, headers: Record<string, string>): Sent {
  const options = draws.chance(0.4) ? `&${draws.of(OPTIONS)}` : ''
  return { method: 'POST', path: `/datasets?name=fuzz${options}`, headers, body }
}

/** Returns what deletes the data set that an upload has made. */
function deletion({ status, body }: Answered): Sent | null {
  if (status !== 200 && status !== 201) return null
  const [, id = ''] = /"id":"(ds_[0-9a-f]+)"/.exec(body.toString()) ?? []
  return bodiless('DELETE', `/datasets/${id}`)
}

const SHEET: Material = {
  corpus: [
    sheetData([
      ['text', 'stars', 'ok'],
      ['A film', 5, true],
      ['Dull', 1.5, false],
    ]),
    '<dimension ref="A1:B2"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" s="1"><v>43831.5</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>',
  ].map((text) => Buffer.from(text)),
  words: [
    '<c r="XFD1048576"><v>1</v></c>',
    '<c r="ZZZZ1"/>',
    '<v>',
    '</row>',
    'r="99999999999"',
    't="s"',
    't="e"',
    's="4000000000"',
    '<v>-1</v>',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '&b;',
    '&#x0;',
    '<![CDATA[',
    '<sheetData>',
    escaped('\u0000'),
  ],
}
const TEXTS: Material = {
  corpus: [Buffer.from('<si><t>text</t></si><si><r><t>A </t></r><r><t>film</t></r></si>')],
  words: SHEET.words,
}
const STYLES: Material = {
  corpus: [Buffer.from('<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>')],
  words: ['numFmtId="164"', '<numFmt numFmtId="164" formatCode="yyyy-mm-dd"/>', ...SHEET.words],
}

/** A workbook of which one part is changed before it is packed, or the packed file. */
function sheet(draws: Draws): Buffer {
  const part = (material: Material, chance: number) =>
    (draws.chance(chance) ? mutated(draws, material) : draws.of(material.corpus)).toString('latin1')
  const file = workbook({
    sheets: { Data: part(SHEET, 0.8) },
    texts: part(TEXTS, 0.3),
    styles: part(STYLES, 0.2),
  })
  return draws.chance(0.2) ? mutated(draws, { corpus: [file], words: ['PK\u0003\u0004'] }) : file
}

function packed(draws: Draws): Buffer {
  const name = draws.of(['a.csv', '../a.csv', 'a/b.csv', '', 'a.ndjson', '__MACOSX/a.csv', 'a.csv.gz'])
  const file = zip({ [name]: draws.chance(0.5) ? mutated(draws, TABLES) : Buffer.from('a,b\n1,2\n') })
  return draws.chance(0.6) ? mutated(draws, { corpus: [file], words: ['PK\u0001\u0002'] }) : file
}

/** Bodies that are compressed, by the header or by their name. */
function compressed(): Target {
  return {
    name: 'gzip',
    next(draws) {
      const whole = gzipSync(mutated(draws, TABLES))
      const body = draws.chance(0.6) ? mutated(draws, { corpus: [whole], words: ['\u001f\u008b'] }) : whole
      const encoding: Record<string, string> = draws.chance(0.7)
        ? { 'content-encoding': draws.of(['gzip', 'gzip', 'x-gzip', 'zstd', 'deflate', 'br', 'gzip, gzip']) }
        : {}
      return sent(draws, body, { 'content-type': 'text/csv', ...encoding })
    },
    undo: deletion,
  }
}

const FORM: Material = {
  corpus: [
    Buffer.from(
      '--b\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-type: text/csv\r\n\r\nx,y\n1,2\n3,4\n\r\n--b--\r\n',
    ),
  ],
  words: [
    '--b\r\n',
    '--b--\r\n',
    '\r\n\r\n',
    'name="file"',
    "filename*=UTF-8''%00",
    'name="name"\r\n\r\nfuzz\r\n',
  ],
}

function form(): Target {
  return {
    name: 'multipart',
    next: (draws) => sent(draws, mutated(draws, FORM), { 'content-type': 'multipart/form-data; boundary=b' }),
    undo: deletion,
  }
}
