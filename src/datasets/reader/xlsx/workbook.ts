import { posix } from 'node:path'
import { FitserveError, listQuoted, quoted } from '../../../errors.ts'
import type { Zip } from '../zip.ts'
import { type Shown, shownBy } from './dates.ts'
import { damagedSheet, readAllXml, type XmlHandlers } from './xml.ts'

/** Bytes of a part that is no sheet and holds no texts: names of sheets, formats. */
const MAX_PART = 16 * 1024 * 1024
/** A sheet of a workbook. */
export interface Sheet {
  name: string
  /** Path in the archive. */
  path: string
  hidden: boolean
}

/** What the sheets of a workbook share. */
export interface Workbook {
  sheets: Sheet[]
  /** Path of the shared texts; undefined if the workbook has none. */
  texts: string | undefined
  /** What each style of a cell shows of its number. */
  styles: readonly Shown[]
  from1904: boolean
}

/** Reads the parts of a workbook that tell where the others are. @throws FitserveError `invalid-dataset` */
export async function readWorkbook(zip: Zip): Promise<Workbook> {
  const root = await readRelations(zip, '', '_rels/.rels')
  const path = root.find(({ type }) => type === 'officeDocument')?.path
  if (path === undefined) throw damagedSheet(new Error('no workbook'))
  const relations = await readRelations(zip, posix.dirname(path), relationsOf(path))
  const sheets: Sheet[] = []
  let from1904 = false
  await readPart(zip, path, {
    open: (name, attribute) => {
      if (name === 'workbookPr') from1904 = isTrue(attribute('date1904'))
      if (name !== 'sheet') return
      const id = attribute('id')
      const relation = relations.find((each) => each.id === id)
      // A sheet may be a chart or a macro, too.
      if (relation?.type !== 'worksheet') return
      const hidden = (attribute('state') ?? 'visible') !== 'visible'
      sheets.push({ name: attribute('name') ?? '', path: relation.path, hidden })
    },
  })
  if (sheets.length === 0) throw new FitserveError('invalid-dataset', 'The spreadsheet has no sheet of cells')
  const pathOf = (type: string) => relations.find((each) => each.type === type)?.path
  const styles = pathOf('styles')
  return {
    sheets,
    texts: pathOf('sharedStrings'),
    styles: styles === undefined || !zip.names.includes(styles) ? [] : await readStyles(zip, styles),
    from1904,
  }
}

/**
 * Returns the sheet that a client names, by its name or its number from 1.
 * @throws FitserveError `invalid-dataset` with the names of the sheets
 */
export function namedSheet(sheets: readonly Sheet[], wanted: string): Sheet {
  const found =
    sheets.find(({ name }) => name === wanted) ??
    sheets.find(({ name }) => name.toLowerCase() === wanted.toLowerCase()) ??
    (/^[1-9]\d*$/.test(wanted) ? sheets[Number(wanted) - 1] : undefined)
  if (found) return found
  const message = `The spreadsheet has no sheet ${quoted(wanted)}. Its sheets are ${listQuoted(sheets.map(({ name }) => name))}.`
  throw new FitserveError('invalid-dataset', message, { problems: [{ path: '/sheet', message }] })
}

interface Relation {
  id: string
  /** The last part of its type's address: `worksheet`, `sharedStrings`. */
  type: string
  path: string
}

function relationsOf(path: string): string {
  return posix.join(posix.dirname(path), '_rels', `${posix.basename(path)}.rels`)
}

async function readRelations(zip: Zip, folder: string, path: string): Promise<Relation[]> {
  const relations: Relation[] = []
  await readPart(zip, path, {
    open: (name, attribute) => {
      if (name !== 'Relationship' || attribute('TargetMode') === 'External') return
      const target = attribute('Target') ?? ''
      relations.push({
        id: attribute('Id') ?? '',
        type: (attribute('Type') ?? '').split('/').at(-1) ?? '',
        path: target.startsWith('/') ? posix.normalize(target.slice(1)) : posix.join(folder, target),
      })
    },
  })
  return relations
}

async function readStyles(zip: Zip, path: string): Promise<Shown[]> {
  const codes = new Map<number, string>()
  const styles: Shown[] = []
  let inCells = false
  await readPart(zip, path, {
    open: (name, attribute) => {
      if (name === 'numFmt') codes.set(Number(attribute('numFmtId')), attribute('formatCode') ?? '')
      if (name === 'cellXfs') inCells = true
      if (name !== 'xf' || !inCells) return
      const id = Number(attribute('numFmtId') ?? 0)
      styles.push(shownBy(id, codes.get(id)))
    },
    close: (name) => {
      if (name === 'cellXfs') inCells = false
    },
  })
  return styles
}

function readPart(zip: Zip, path: string, handlers: XmlHandlers): Promise<void> {
  return readAllXml(zip.read(path, MAX_PART), handlers)
}

function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true'
}
