type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array

/** The array itself where it is long enough, else a copy at least twice as long, filled up with 0. */
export function grown<T extends Numbers>(values: T, needed: number, make: new (length: number) => T): T {
  if (needed <= values.length) return values
  const larger = new make(Math.max(needed, values.length * 2))
  larger.set(values)
  return larger
}
