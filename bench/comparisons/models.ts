import { counted } from '../../src/numbers.ts'
import type { Comparison } from '../comparison.ts'
import { measureModels } from '../models.ts'
import type { Detail } from '../record.ts'
import { missingRedis } from '../redis-missing.ts'

/** `/predict` by services with one and with many models in memory, all asked in turn, and a version that is not in memory. */
export const models: Comparison = {
  name: 'models',
  async run(bench) {
    const lacks = missingRedis()
    if (lacks) return { goals: {}, details: [], skipped: [`models (needs ${lacks})`] }
    const [seconds, rounds] = bench.quick ? [3, 1] : [10, 3]
    const measured = (count: number) =>
      bench.step(`${counted(count, 'model')} of 10,000 words, asked in turn`, () =>
        measureModels(count, seconds, rounds),
      )
    const one = await measured(1)
    const some = await measured(100)
    const many = await measured(bench.quick ? 200 : 1_000)
    const details = [one, some, many].flatMap((figures): Detail[] => {
      const what = counted(figures.models, 'model')
      return [
        { what: `${what}: p99 at 200 requests a second`, value: figures.steady.p99, unit: 'ms' },
        { what: `${what}: p99 of how late requests were sent`, value: figures.steady.late, unit: 'ms' },
        ...(figures.cpuMicros === null
          ? []
          : [{ what: `${what}: processor time of a request`, value: figures.cpuMicros, unit: 'µs' }]),
        { what: `${what}: longest processor time between two turns`, value: figures.turnMs, unit: 'ms' },
        { what: `${what}: start until all are loaded`, value: figures.startSeconds, unit: 's' },
        { what: `${what}: resident memory`, value: figures.residentMb, unit: 'MB' },
        {
          what: `${what}: first answer of a version that is not in memory`,
          value: figures.coldMs,
          unit: 'ms',
        },
      ]
    })
    return {
      goals: { 'models-p99': many.steady.p99 / one.steady.p99, 'models-cold': many.coldMs },
      details,
      skipped: [],
    }
  },
}
