import { zip } from './zip.ts'

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships'

/** A cell of a sheet that is written: null leaves it out. */
export type Cell = string | number | boolean | null

/** Parts of a workbook, as XML. */
export interface Parts {
  /** Sheets by name: what stands inside `<worksheet>`. */
  sheets: Record<string, string>
  /** What stands inside `<sst>`. Default: there are no shared texts. */
  texts?: string
  /** What stands inside `<styleSheet>`. */
  styles?: string
  /** What stands in front of the sheets in `<workbook>`. */
  settings?: string
  /** Files of the archive that replace those of the workbook, or come beside them. */
  files?: Record<string, Buffer | string>
}

/** A workbook (.xlsx) of these parts. */
export function workbook({ sheets, texts, styles, settings = '', files = {} }: Parts): Buffer {
  const names = Object.keys(sheets)
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`
  const all: Record<string, string | Buffer> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': `<Relationships xmlns="${PACKAGE}">${relation('r', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    'xl/workbook.xml': `<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}">${settings}<sheets>${names
      .map((name, index) => `<sheet name="${escaped(name)}" sheetId="${index + 1}" r:id="s${index}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${PACKAGE}">${[
      ...names.map((_, index) => relation(`s${index}`, 'worksheet', `worksheets/sheet${index}.xml`)),
      relation('texts', 'sharedStrings', '/xl/sharedStrings.xml'),
      relation('styles', 'styles', 'styles.xml'),
    ].join('')}</Relationships>`,
  }
  if (texts !== undefined) all['xl/sharedStrings.xml'] = `<sst xmlns="${MAIN}">${texts}</sst>`
  if (styles !== undefined) all['xl/styles.xml'] = `<styleSheet xmlns="${MAIN}">${styles}</styleSheet>`
  names.forEach((name, index) => {
    all[`xl/worksheets/sheet${index}.xml`] = `<worksheet xmlns="${MAIN}">${sheets[name]}</worksheet>`
  })
  Object.assign(all, files)
  return zip(Object.fromEntries(Object.entries(all).map(([name, content]) => [name, Buffer.from(content)])))
}

/** What stands inside `<worksheet>` for these rows. Texts are written into the cells. */
export function sheetData(rows: readonly (readonly Cell[])[]): string {
  const written = rows.map((row, index) => `<row r="${index + 1}">${row.map(cell).join('')}</row>`)
  return `<sheetData>${written.join('')}</sheetData>`

  function cell(value: Cell, column: number): string {
    if (value === null) return column % 2 === 0 ? `<c r="${letters(column)}1"/>` : ''
    // Not each writer says where a cell is.
    const at = row1(column)
    if (typeof value === 'number') return `<c ${at}><v>${value}</v></c>`
    if (typeof value === 'boolean') return `<c ${at} t="b"><v>${value ? 1 : 0}</v></c>`
    return `<c ${at} t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`
  }
}

function row1(column: number): string {
  return `r="${letters(column)}1"`
}

function letters(column: number): string {
  return column < 26
    ? String.fromCharCode(65 + column)
    : letters(Math.floor(column / 26) - 1) + letters(column % 26)
}

/** A text in XML. What XML cannot hold, or changes, is written as spreadsheets do it. */
export function escaped(text: string): string {
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, (odd) =>
      /[\t\n\x7F-\x9F]/.test(odd)
        ? odd
        : `_x${odd.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}_`,
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
