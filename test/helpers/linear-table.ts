import { Random } from '../../src/evaluation/random.ts'

/** A table as CSV in which y = 3a − 2b + noise, which a linear model fits best. */
export function linearTable(rows: number): string {
  const random = new Random(3, 'line')
  const lines = Array.from({ length: rows }, () => {
    const a = random.next()
    const b = random.next()
    return [a, b, 3 * a - 2 * b + 0.1 * random.next()].join(',')
  })
  return ['a,b,y', ...lines].join('\n')
}
