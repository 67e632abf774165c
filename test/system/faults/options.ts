/** The options of `npm run test:faults`. */
export const LENGTH = {
  /** Whether the long form runs. */
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

/** Prints the progress of a long test. */
export function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)
}
