import type { Comparison } from '../comparison.ts'
import { missingRedis } from '../redis-missing.ts'
import { measureStart } from '../start.ts'

/** Measures how fast the API starts with a queue on Redis, a folder and one small model, and its memory a second later. */
export const start: Comparison = {
  name: 'start',
  async run(bench) {
    const lacks = missingRedis()
    if (lacks) return { goals: {}, details: [], skipped: [`start (needs ${lacks})`] }
    const { seconds, nodeSeconds, residentMb } = await bench.step('the API starts, several times', () =>
      bench.quick ? measureStart(1) : measureStart(),
    )
    return {
      goals: { start: seconds, ...(residentMb === null ? {} : { 'start-memory': residentMb }) },
      details: [
        { what: 'start of the API until it is ready', value: seconds, unit: 's' },
        { what: 'start of Node with an empty program', value: nodeSeconds, unit: 's' },
        ...(residentMb === null
          ? []
          : [{ what: 'resident memory a second later', value: residentMb, unit: 'MB' }]),
      ],
      skipped: [],
    }
  },
}
