/**
 * Estimates a quantile of durations that were counted in buckets, as Prometheus's `histogram_quantile` does: within the
 * bucket that has it, durations count as evenly spread.
 * @param upTo durations up to each bound and, last, all of them
 * @param bounds upper bounds of the buckets in seconds, ascending, without infinity
 * @param share 0.99 for the time within which 99 in 100 were done
 * @returns seconds; the last bound where the quantile is above it; null where nothing was counted
 */
export function quantileOf(upTo: readonly number[], bounds: readonly number[], share: number): number | null {
  const wanted = (upTo.at(-1) ?? 0) * share
  if (wanted === 0) return null
  const bucket = upTo.findIndex((count) => count >= wanted)
  const high = bounds[bucket]
  if (high === undefined) return bounds.at(-1) ?? null
  const low = bounds[bucket - 1] ?? 0
  const below = upTo[bucket - 1] ?? 0
  return low + ((high - low) * (wanted - below)) / ((upTo[bucket] ?? 0) - below)
}
