/** What `npm run test:faults` was told. */
export const LENGTH = {
  /** Whether this is the long form at all. */
  long: process.env['FAULTS_LONG'] === 'true',
  rounds: numberOf('FAULTS_ROUNDS', 100),
  minutes: numberOf('FAULTS_MINUTES', 10),
  seed: numberOf('FAULTS_SEED', 1),
}

function numberOf(variable: string, standard: number): number {
  const number = Number(process.env[variable] ?? standard)
  if (!Number.isFinite(number) || number < 0) throw new RangeError(`${variable} must be a number`)
  return number
}

/** Tells how far a long test is. */
export function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)
}
