/** Tests that may need a second try before the run fails. More are no accident of a busy machine. */
const MAX_FLAKY = 2

/**
 * Writes the last lines of a run: what was skipped, `flaky: …` for each test that passed at its second try only,
 * `failed: …` for each failure, and the line that counts.
 * @param report what reporter.mjs wrote
 */
export function linesOf({ files, outside }) {
  const skipped = files.flatMap((file) => file.skipped)
  const flaky = files.flatMap((file) => file.flaky)
  const failures = [...outside, ...files.flatMap((file) => file.failures)]
  if (flaky.length > MAX_FLAKY)
    failures.push(
      `${flaky.length} tests passed at their second try only; a run may have ${MAX_FLAKY} of them`,
    )
  const passed = files.reduce((sum, file) => sum + file.passed, 0)
  const lines = [
    ...Object.entries(countsOf(skipped)).map(
      ([reason, times]) => `skipped${times > 1 ? ` ${times} times` : ''}: ${reason}`,
    ),
    ...flaky.map((each) => `flaky: ${each}`),
    ...failures.map((failure) => `failed: ${failure}`),
    `${passed} passed, ${failures.length} failed, ${skipped.length} skipped`,
  ]
  return { lines, failed: failures.length > 0 }
}

/** Counts how often each text occurs. */
function countsOf(texts) {
  const counts = {}
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1
  return counts
}
