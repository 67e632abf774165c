// Lets one function serve four numbers at a time and the last ones singly, with the same instructions and so the same
// rounding: `T` is v128 for four neighbouring 32-bit floats, or f32 for one.

/** Loads four numbers, or one with zeros beside it. */
export function get<T>(at: usize): v128 {
  return sizeof<T>() === 16 ? v128.load(at) : v128.load32_zero(at)
}

/** Stores four numbers, or the first of them. */
export function put<T>(at: usize, values: v128): void {
  if (sizeof<T>() === 16) v128.store(at, values)
  else v128.store_lane<f32>(at, values, 0)
}
