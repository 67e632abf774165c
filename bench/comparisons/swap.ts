import type { Comparison } from '../comparison.ts'
import { missingRedis } from '../redis-missing.ts'
import { measureSwap } from '../swap.ts'

/** `/predict` while a job trains and versions are swapped, and loads of models. */
export const swap: Comparison = {
  name: 'swap',
  async run(bench) {
    const lacks = missingRedis()
    if (lacks) return { goals: {}, details: [], skipped: [`swap (needs ${lacks})`] }
    const figures = await bench.step('predictions at rest, then beside a job and swaps', () =>
      measureSwap(bench.quick ? 8 : 20),
    )
    return {
      goals: {
        'busy-p99': figures.p99Ratio,
        load: figures.loadSmallMs,
        'swap-pause': figures.pauseWhileBusyMs,
      },
      details: [
        { what: 'p99 at rest, 200 requests a second', value: figures.atRest.p99, unit: 'ms' },
        { what: 'p99 beside a job and swaps', value: figures.whileBusy.p99, unit: 'ms' },
        { what: 'p99 of how late requests were sent, at rest', value: figures.atRest.late, unit: 'ms' },
        {
          what: 'p99 of how late requests were sent, beside a job and swaps',
          value: figures.whileBusy.late,
          unit: 'ms',
        },
        { what: 'longest pause by the clock, at rest', value: figures.pauseAtRestMs, unit: 'ms' },
        {
          what: 'longest pause by the clock, beside a job and swaps',
          value: figures.pauseWhileBusyMs,
          unit: 'ms',
        },
        {
          what: 'longest processor time between two turns, at rest',
          value: figures.turnAtRestMs,
          unit: 'ms',
        },
        {
          what: 'longest processor time between two turns, beside a job and swaps',
          value: figures.turnWhileBusyMs,
          unit: 'ms',
        },
        {
          what: 'from the order to the served version, 10,000 words',
          value: figures.loadSmallMs,
          unit: 'ms',
        },
        {
          what: 'from the order to the served version, 1 million n-grams',
          value: figures.loadLargeMs,
          unit: 'ms',
        },
      ],
      skipped: [],
    }
  },
}
