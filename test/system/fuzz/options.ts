/** The options of `npm run test:fuzz`; `npm test` runs with these defaults. */
export const LENGTH = {
  /** Inputs of all targets that are fuzzed together. */
  inputs: numberOf('FUZZ_INPUTS', 6_000),
  /** The same seed makes the same inputs. */
  seed: numberOf('FUZZ_SEED', 1),
  /** A part of the names of the targets that are fuzzed; empty: all are. */
  target: process.env['FUZZ_TARGET'] ?? '',
}

function numberOf(variable: string, standard: number): number {
  const number = Number(process.env[variable] ?? standard)
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`${variable} must be a whole number`)
  return number
}
