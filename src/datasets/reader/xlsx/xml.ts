import { TextDecoder } from 'node:util'
import { SaxesParser } from 'saxes'
import { FitserveError } from '../../../errors.ts'
import { MAX_RECORD } from '../limits.ts'

/** Elements inside each other; a spreadsheet has about ten. */
const MAX_DEPTH = 64

/** Receives what an XML file consists of. Names of elements and attributes come without their prefix. */
export interface XmlHandlers {
  open(name: string, attribute: (name: string) => string | undefined): void
  close?(name: string): void
  text?(text: string): void
}

/**
 * Reads an XML file piece by piece. Entities that it defines are not expanded: a file with a document type is refused.
 * Gives control back after each chunk, so that the caller can take what the handlers have collected.
 * @throws FitserveError `invalid-dataset` for XML that is damaged or no UTF-8
 */
export async function* readXml(chunks: AsyncIterable<Buffer>, handlers: XmlHandlers): AsyncGenerator<void> {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let depth = 0
  // The parser holds what it has read since its last event.
  let held = 0
  parser.on('doctype', () => {
    throw damagedSheet(new Error('document type'))
  })
  parser.on('opentag', ({ name, attributes }) => {
    held = 0
    if (++depth > MAX_DEPTH) throw damagedSheet(new Error('depth'))
    handlers.open(bare(name), (wanted) => attributes[wanted] ?? prefixed(attributes, wanted))
  })
  parser.on('closetag', ({ name }) => {
    held = 0
    depth--
    handlers.close?.(bare(name))
  })
  const text = (value: string) => {
    held = 0
    handlers.text?.(value)
  }
  parser.on('text', text)
  parser.on('cdata', text)
  try {
    for await (const chunk of chunks) {
      held += chunk.length
      parser.write(decoder.decode(chunk, { stream: true }))
      if (held > MAX_RECORD) throw damagedSheet(new Error('length'))
      yield
    }
    parser.write(decoder.decode())
    parser.close()
  } catch (error) {
    throw error instanceof FitserveError ? error : damagedSheet(error)
  }
  yield
}

/** Reads an XML file to its end. */
export async function readAllXml(chunks: AsyncIterable<Buffer>, handlers: XmlHandlers): Promise<void> {
  for await (const _ of readXml(chunks, handlers));
}

function bare(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function prefixed(attributes: Readonly<Record<string, string>>, wanted: string): string | undefined {
  const name = Object.keys(attributes).find((each) => each.includes(':') && bare(each) === wanted)
  return name === undefined ? undefined : attributes[name]
}

/** The refusal of a spreadsheet whose parts do not fit together. */
export function damagedSheet(cause?: unknown): FitserveError {
  const message =
    'The spreadsheet is damaged, or uses a feature that is not supported. Open it in a spreadsheet program and save it again, or save the sheet as CSV.'
  return new FitserveError('invalid-dataset', message, { cause })
}
