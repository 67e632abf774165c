/** Deletes the entries of a map or a set that were added first, until at most `maxSize` are left. */
export function forgetOldest<K>(
  kept: { readonly size: number; keys(): Iterable<K>; delete(key: K): unknown },
  maxSize: number,
): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= maxSize) return
    kept.delete(oldest)
  }
}
