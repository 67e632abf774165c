// Four numbers at a time, and the last ones singly by the same code: `T` is v128 or f32.

/** Four numbers, or one with zeros beside it. */
export function get<T>(at: usize): v128 {
  return sizeof<T>() === 16 ? v128.load(at) : v128.load32_zero(at)
}

export function put<T>(at: usize, values: v128): void {
  if (sizeof<T>() === 16) v128.store(at, values)
  else v128.store_lane<f32>(at, values, 0)
}
