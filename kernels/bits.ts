// A set of small whole numbers as bits, eight in a byte, the lowest first: bit n is bit n & 7 of byte n >> 3. Up to eight
// bytes behind the last bit are read, so the caller leaves room for them. words.ts is the only user; its tests
// (test/models/encoders/words) reach every length and border.

// @ts-ignore: decorator
@inline export function isSet(bits: usize, at: i32): bool {
  return ((load<u8>(bits + (at >> 3)) >> <u8>(at & 7)) & 1) !== 0
}

// @ts-ignore: decorator
@inline export function set(bits: usize, at: i32): void {
  store<u8>(bits + (at >> 3), load<u8>(bits + (at >> 3)) | (<u8>1 << <u8>(at & 7)))
}

// @ts-ignore: decorator
@inline export function clear(bits: usize, at: i32): void {
  store<u8>(bits + (at >> 3), load<u8>(bits + (at >> 3)) & ~(<u8>1 << <u8>(at & 7)))
}

/** Returns the first set bit from `from` on; a number of at least `length` if none is set. */
// @ts-ignore: decorator
@inline export function nextSet(bits: usize, from: i32, length: i32): i32 {
  for (let at = from; at < length; ) {
    const some = load<u64>(bits + (at >> 3)) >> <u64>(at & 7)
    if (some !== 0) return at + <i32>ctz(some)
    at = (at & ~7) + 64
  }
  return length
}

/** Returns the first bit from `from` on that is not set. */
// @ts-ignore: decorator
@inline export function nextClear(bits: usize, from: i32): i32 {
  let at = from
  for (;;) {
    const more = <i32>ctz(~(load<u64>(bits + (at >> 3)) >> <u64>(at & 7)))
    if (more < 64 - (at & 7)) break
    at = (at & ~7) + 64
  }
  return at + <i32>ctz(~(load<u64>(bits + (at >> 3)) >> <u64>(at & 7)))
}
