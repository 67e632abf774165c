/**
 * Returns how often each fault was come by since `before`, where a hook that prepares several tests counts for no test.
 * @param {Record<string, number>} before counts by fault, as they were when the file of tests began
 * @param {Record<string, number>} now the same counts later
 * @returns {[string, number][]} the faults that were come by since then
 */
export function comeBySince(before, now) {
  return Object.entries(now)
    .map(([fault, count]) => [fault, count - (before[fault] ?? 0)])
    .filter(([, count]) => count > 0)
}
