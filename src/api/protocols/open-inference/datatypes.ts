import { ROW_LIMITS } from '../../requests/large-json.ts'
import { refusal } from '../scope.ts'

/** Limit on the elements of all tensors of a request, as on the values of a JSON body: each takes some ten bytes. */
export const MAX_ELEMENTS = ROW_LIMITS.values

/** The element types of tensors in this protocol. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const
export type Datatype = (typeof DATATYPES)[number]

/** How one element of a type is read from little-endian bytes, and how many bytes it takes. */
interface Element {
  bytes: number
  read(data: Buffer, at: number): number | boolean
}

/** The types whose elements all have one size: all but `BYTES`. */
const ELEMENTS: Readonly<Record<Exclude<Datatype, 'BYTES'>, Element>> = {
  BOOL: { bytes: 1, read: (data, at) => data.readUInt8(at) !== 0 },
  UINT8: { bytes: 1, read: (data, at) => data.readUInt8(at) },
  UINT16: { bytes: 2, read: (data, at) => data.readUInt16LE(at) },
  UINT32: { bytes: 4, read: (data, at) => data.readUInt32LE(at) },
  UINT64: { bytes: 8, read: (data, at) => Number(data.readBigUInt64LE(at)) },
  INT8: { bytes: 1, read: (data, at) => data.readInt8(at) },
  INT16: { bytes: 2, read: (data, at) => data.readInt16LE(at) },
  INT32: { bytes: 4, read: (data, at) => data.readInt32LE(at) },
  INT64: { bytes: 8, read: (data, at) => Number(data.readBigInt64LE(at)) },
  FP16: { bytes: 2, read: (data, at) => halfPrecision(data.readUInt16LE(at)) },
  FP32: { bytes: 4, read: (data, at) => data.readFloatLE(at) },
  FP64: { bytes: 8, read: (data, at) => data.readDoubleLE(at) },
}

/** Bytes of the length that stands before each element of type `BYTES`. */
const LENGTH_BYTES = 4

/**
 * Reads the elements of a tensor from its bytes: little-endian, row by row; each of `BYTES` behind its length in 4 bytes.
 * @param most elements that the request may still have
 * @returns undefined where the bytes end within an element
 * @throws FitserveError `invalid-request` where there are more elements
 */
export function elementsOf(
  datatype: Datatype,
  data: Buffer,
  most = MAX_ELEMENTS,
): (number | boolean | Buffer)[] | undefined {
  if (datatype === 'BYTES') return byteStrings(data, most)
  const { bytes, read } = ELEMENTS[datatype]
  if (data.length % bytes > 0) return undefined
  if (data.length / bytes > most) throw tooManyElements()
  return Array.from({ length: data.length / bytes }, (_, index) => read(data, index * bytes))
}

function byteStrings(data: Buffer, most: number): Buffer[] | undefined {
  const found: Buffer[] = []
  let at = 0
  while (at < data.length) {
    if (at + LENGTH_BYTES > data.length) return undefined
    const start = at + LENGTH_BYTES
    at = start + data.readUInt32LE(at)
    if (at > data.length) return undefined
    if (found.length === most) throw tooManyElements()
    found.push(data.subarray(start, at))
  }
  return found
}

/** Returns the refusal of a request whose tensors have too many elements together. */
export function tooManyElements(): Error {
  return refusal(`Expected at most ${MAX_ELEMENTS.toLocaleString('en')} elements. Send fewer rows at a time.`)
}

/** Returns the bytes of elements, the inverse of `elementsOf` for the types that outputs have. */
export function bytesOf(
  datatype: 'BYTES' | 'FP64' | 'BOOL',
  elements: readonly (string | number | boolean)[],
): Buffer {
  if (datatype === 'BOOL') return Buffer.from(elements.map(Number))
  if (datatype === 'FP64') {
    const data = Buffer.alloc(elements.length * ELEMENTS.FP64.bytes)
    for (const [index, element] of elements.entries())
      data.writeDoubleLE(Number(element), index * ELEMENTS.FP64.bytes)
    return data
  }
  return Buffer.concat(
    elements.flatMap((element) => {
      const text = Buffer.from(String(element))
      const length = Buffer.alloc(LENGTH_BYTES)
      length.writeUInt32LE(text.length)
      return [length, text]
    }),
  )
}

/** Reads a number of IEEE 754 binary16: 1 sign bit, 5 bits of exponent, 10 of fraction. */
function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = (bits & 0x3ff) / 1024
  if (exponent === 0) return sign * fraction * 2 ** -14
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction) * 2 ** (exponent - 15)
}
