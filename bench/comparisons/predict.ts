import type { Comparison } from '../comparison.ts'
import { type BesideBare, measurePredict } from '../predict.ts'
import type { Detail } from '../record.ts'

/** `/predict` of one review and of one house beside a bare Fastify route. */
export const predict: Comparison = {
  name: 'predict',
  async run(bench) {
    const figures = await bench.step('fitserve and the bare route answer in turns', () =>
      bench.quick ? measurePredict(1) : measurePredict(),
    )
    const { text, row } = figures
    return {
      goals: { 'review-bare': text.ratio, 'house-bare': row.ratio },
      details: [...detailsOf('a review', text), ...detailsOf('a house', row)],
      skipped: [],
    }
  },
}

function detailsOf(what: string, figures: BesideBare): Detail[] {
  const { perSecond, barePerSecond, cpuMicros, bareCpuMicros, p99Ms, bareP99Ms } = figures
  const processor = [
    { what: `${what}, fitserve: processor time`, value: cpuMicros, unit: 'µs' },
    { what: `${what}, bare route: processor time`, value: bareCpuMicros, unit: 'µs' },
  ]
  return [
    { what: `${what}, fitserve: requests`, value: perSecond, unit: '/s' },
    { what: `${what}, bare route: requests`, value: barePerSecond, unit: '/s' },
    ...processor.flatMap(({ value, ...told }) => (value === null ? [] : [{ ...told, value }])),
    { what: `${what}, fitserve: p99`, value: p99Ms, unit: 'ms' },
    { what: `${what}, bare route: p99`, value: bareP99Ms, unit: 'ms' },
  ]
}
