// `npm run bench -- predict`, `swap` or `start`: one measurement, printed as JSON. See README.md here.

import { measurePredict } from './predict.ts'
import { measureStart } from './start.ts'
import { measureSwap } from './swap.ts'

const MEASUREMENTS: Record<string, () => Promise<object>> = {
  predict: measurePredict,
  swap: measureSwap,
  start: measureStart,
}

const measurement = MEASUREMENTS[process.argv[2] ?? '']
if (!measurement) throw new Error(`Name one of ${Object.keys(MEASUREMENTS).join(', ')}.`)
console.log(JSON.stringify(await measurement(), null, 2))
