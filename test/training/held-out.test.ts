import { describe, expect, it } from 'vitest'
import {
  type HeldOut,
  joinHeldOut,
  readHeldOut,
  sampledHeldOut,
  writeHeldOut,
} from '../../src/training/held-out.ts'

/** Answers of two values to rows with these numbers: the row's number, and its opposite. */
function answersTo(rows: readonly number[]): HeldOut {
  return {
    rows: Uint32Array.from(rows),
    outputs: 2,
    values: Float64Array.from(rows.flatMap((row) => [row, -row])),
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, row) => row)

describe('a sample of held-out answers', () => {
  it('is all of them where they are few enough', () => {
    const few = answersTo([5, 3, 9])
    expect(sampledHeldOut(few, 6)).toEqual(few)
  })

  it('has as many rows as fit, in their order and with their own answers', () => {
    const sample = sampledHeldOut(answersTo(numbers(10_000).reverse()), 2_001)
    const rows = Array.from(sample.rows)
    expect(rows).toHaveLength(1_000)
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => b - a))
    expect(sample).toEqual(answersTo(rows))
  })

  it('is drawn from the whole table', () => {
    const { rows } = sampledHeldOut(answersTo(numbers(10_000)), 4_000)
    // Each fifth of the table has a fifth of the sample: 400 of 2,000, with a deviation of 16.
    for (let part = 0; part < 5; part++) {
      const own = rows.filter((row) => Math.floor(row / 2_000) === part)
      expect(Math.abs(own.length - 400)).toBeLessThan(80)
    }
  })

  it('has the same rows of two versions, as far as both held them out', () => {
    const first = sampledHeldOut(answersTo(numbers(10_000)), 4_000)
    const second = sampledHeldOut(answersTo(numbers(10_000).filter((row) => row % 2 === 0)), 4_000)
    const even = first.rows.filter((row) => row % 2 === 0)
    const own = new Set(second.rows)
    expect(even.every((row) => own.has(row))).toBe(true)
  })
})

describe('held-out answers', () => {
  const whole = (rows: number[]): HeldOut => ({
    ...answersTo(rows),
    evaluated: Float64Array.from(rows.flatMap((row) => [row / 2, -row / 2])),
    answered: Uint32Array.from(rows, (row) => row % 2),
  })

  it('are read as they were written', () => {
    for (const each of [whole([5, 3]), answersTo([5, 3]), { ...answersTo([5]), values: new Float64Array() }])
      expect(readHeldOut(Buffer.from(writeHeldOut(each)))).toEqual(each)
  })

  it('whose numbers do not fit are damaged', () => {
    const fit = whole([5, 3])
    const change = (more: Partial<HeldOut>) => writeHeldOut({ ...fit, ...more })
    for (const bad of [
      '{',
      change({ values: Float64Array.of(1) }),
      change({ values: new Float64Array(6) }),
      change({ evaluated: new Float64Array() }),
      change({ evaluated: Float64Array.of(1, 2) }),
      change({ answered: Uint32Array.of(1) }),
      change({ outputs: 3 }),
      writeHeldOut(fit).replace('"format":1', '"format":2'),
    ])
      expect(() => readHeldOut(Buffer.from(bad)), bad).toThrow(
        expect.objectContaining({
          code: 'corrupt-artifact',
          message: "The model's file held-out.json is damaged.",
        }),
      )
  })

  it('are sampled and joined with all that they have', () => {
    const sample = sampledHeldOut(whole(numbers(100)), 20)
    expect(sample).toEqual(whole(Array.from(sample.rows)))
    expect(sample.rows).toHaveLength(10)
    expect(joinHeldOut([whole([5, 3]), whole([9])])).toEqual(whole([5, 3, 9]))
    expect(joinHeldOut([answersTo([5, 3]), answersTo([9])])).toEqual(answersTo([5, 3, 9]))
    expect(joinHeldOut([whole([5]), answersTo([9])]), 'only what all have').toEqual(answersTo([5, 9]))
  })
})
