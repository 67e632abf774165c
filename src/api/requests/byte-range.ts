import { FitserveError } from '../../errors.ts'
import { counted } from '../../numbers.ts'

/** Some bytes of a file, from `from` to `to`, both included and counted from 0. */
export interface ByteRange {
  from: number
  to: number
}

/**
 * Returns the bytes that a header `Range` asks for (RFC 9110, section 14.2); undefined where the whole file is to be
 * sent: without the header, and for a header of another form or several ranges.
 * @param bytes size of the file
 * @throws FitserveError `range-not-satisfiable` where the file has none of these bytes
 */
export function byteRange(header: string | undefined, bytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return undefined
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first)
  const to = first === '' || last === '' ? bytes - 1 : Math.min(bytes - 1, Number(last))
  // A last byte before the first one makes the header invalid, and such a header is ignored.
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  if (from <= to) return { from, to }
  throw new FitserveError(
    'range-not-satisfiable',
    `The file has ${counted(bytes, 'byte')}, and none in the range that the header Range asks for.`,
  )
}
