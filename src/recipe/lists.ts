import { inNfc } from '../normal-form.ts'

/**
 * A list of texts in one cell of a table: each of its items behind this control character, which alone is an empty list.
 * So a cell tells whether it is a list, and items may have any other character.
 */
export const ITEM_MARK = '\u001f'

/**
 * Returns the cell of a list. A mark within an item becomes a space, and so does an empty text that is the only item, since
 * its cell would be that of an empty list. Readers of files refuse empty texts in lists.
 */
export function listCell(items: readonly string[]): string {
  if (items.length === 1 && items[0] === '') return `${ITEM_MARK} `
  return items.length === 0
    ? ITEM_MARK
    : items.map((item) => ITEM_MARK + item.replaceAll(ITEM_MARK, ' ')).join('')
}

/** Returns the items of a list's cell. */
export function itemsOf(cell: string): string[] {
  return cell === ITEM_MARK ? [] : cell.split(ITEM_MARK).slice(1)
}

/**
 * Returns the different labels of a cell, in their order: the items of a list, or the parts of a text, without white
 * space around them and without empty parts. Labels are in Unicode's normal form NFC.
 * @param separator what stands between the labels of a text
 */
export function labelsOf(cell: string, separator: string): string[] {
  const parts = cell.startsWith(ITEM_MARK)
    ? itemsOf(cell)
    : cell.split(separator).flatMap((part) => part.trim() || [])
  return [...new Set(parts.map(inNfc))]
}
