const TYPES = {
  $float32: Float32Array,
  $float64: Float64Array,
  $int32: Int32Array,
  $uint32: Uint32Array,
} as const
type Numbers = InstanceType<(typeof TYPES)[keyof typeof TYPES]>

/**
 * Writes a value of JSON that may have arrays of numbers in it: length of the JSON text (4 bytes, little
 * endian), the text, the arrays' bytes. Each array is written in the text as `{"$float32":[first byte, length]}`.
 */
export function encodeArrays(value: unknown): Buffer {
  const parts: Buffer[] = []
  let bytes = 0
  const text = JSON.stringify(value, (_, each: unknown) => {
    for (const [name, type] of Object.entries(TYPES)) {
      if (!(each instanceof type)) continue
      const first = bytes
      parts.push(Buffer.from(each.buffer, each.byteOffset, each.byteLength))
      bytes += each.byteLength
      return { [name]: [first, each.length] }
    }
    return each
  })
  const json = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  return Buffer.concat([length, json, ...parts])
}

/** Reads what `encodeArrays` wrote; the arrays are copies. @throws where the bytes are nothing of the kind */
export function decodeArrays(bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = 4 + buffer.readUInt32LE(0)
  return JSON.parse(buffer.toString('utf8', 4, start), (_, each: unknown) => {
    if (typeof each !== 'object' || each === null) return each
    for (const [name, type] of Object.entries(TYPES))
      if (name in each) return arrayAt(buffer.subarray(start), type, Object.values(each)[0])
    return each
  })
}

function arrayAt(body: Buffer, type: (typeof TYPES)[keyof typeof TYPES], place: unknown): Numbers {
  const [first, length]: unknown[] = Array.isArray(place) ? place : []
  if (typeof first !== 'number' || typeof length !== 'number') throw new RangeError('no array')
  const end = first + length * type.BYTES_PER_ELEMENT
  if (!(first >= 0 && end <= body.length)) throw new RangeError('an array outside of the file')
  return new type(Uint8Array.from(body.subarray(first, end)).buffer)
}
