import { FitserveError } from '../../../errors.ts'
import { isWellFormed } from '../../unicode.ts'
import { damagedSheet, readAllXml } from './xml.ts'

/** Memory for the texts that a spreadsheet keeps once and its cells refer to, in bytes. */
const MAX_SHARED = 384 * 1024 * 1024
/** Bytes that each text takes beside its characters. */
const TEXT_BYTES = 32
/** Characters from which a part of a string holds on to the string that it was cut from. */
const SLICED = 13

/**
 * Reads the texts that cells refer to by their number. @throws FitserveError `invalid-dataset` if they exceed the memory
 */
export async function readSharedTexts(chunks: AsyncIterable<Buffer>): Promise<string[]> {
  const texts: string[] = []
  const text = new CellText()
  let room = MAX_SHARED
  await readAllXml(chunks, {
    open: (name) => text.open(name),
    text: (value) => text.add(value),
    close: (name) => {
      text.close(name)
      if (name !== 'si') return
      const whole = text.take()
      room -= TEXT_BYTES + 2 * whole.length
      if (room < 0) {
        const limit = `${MAX_SHARED / 1024 / 1024} MiB`
        const message = `The texts of the spreadsheet exceed the limit of ${limit}. Save the sheet as CSV (UTF-8) in the spreadsheet program, and upload that.`
        throw new FitserveError('invalid-dataset', message)
      }
      texts.push(whole.length < SLICED ? whole : Buffer.from(whole).toString())
    },
  })
  return texts
}

/** Collects the text of a cell: the runs of text inside it, without the reading aids of Japanese texts. */
export class CellText {
  #text = ''
  #inRun = false
  #aids = 0

  open(name: string): void {
    if (name === 'rPh') this.#aids++
    this.#inRun = name === 't'
  }

  add(text: string): void {
    if (this.#inRun && this.#aids === 0) this.#text += text
  }

  close(name: string): void {
    if (name === 'rPh') this.#aids--
    this.#inRun = false
  }

  /** Returns the text and begins a new one. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return unescaped(text)
  }
}

/** Resolves `_x000D_`, by which spreadsheets write characters that XML cannot hold, or changes. */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text
  const plain = text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  // A table holds neither a NUL nor half of a surrogate pair.
  return plain.includes('\0') || !isWellFormed(plain) ? text : plain
}

/** Returns the text of a number, or fails if there is none. */
export function sharedText(texts: readonly string[], index: string): string {
  const text = /^\d+$/.test(index) ? texts[Number(index)] : undefined
  if (text === undefined) throw damagedSheet(new Error('shared text'))
  return text
}
