/**
 * Numbers as a text for JSON: base64 of little-endian 32-bit floats, which is read in a hundredth of the time
 * of a long list.
 */
export function packed(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
}

/** The numbers of a packed text. @throws RangeError where they are not `length` finite numbers */
export function unpacked(text: string, length: number): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.byteLength !== length * 4) throw new RangeError('packed numbers of another length')
  const values = new Float32Array(length)
  new Uint8Array(values.buffer).set(bytes)
  if (!values.every(Number.isFinite)) throw new RangeError('packed numbers that are not finite')
  return values
}
