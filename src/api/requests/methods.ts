const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Tells whether a method only reads (RFC 9110, section 9.2.1). */
export function isReading(method: string): boolean {
  return READING.has(method)
}
