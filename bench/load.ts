// A process of its own: reads a task from standard input, asks, and prints what it saw.
import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'
import { LoadTask } from './measure.ts'

const { url, path, bodies, seconds, connections } = LoadTask.parse(JSON.parse(await text(process.stdin)))
const start = process.cpuUsage()
const begin = performance.now()
const result = await autocannon({
  url,
  connections,
  duration: seconds,
  requests: bodies.map((body) => ({
    method: 'POST' as const,
    path,
    headers: { 'content-type': 'application/json' },
    body,
  })),
})
const { user, system } = process.cpuUsage(start)
console.log(
  JSON.stringify({
    answered: result['2xx'],
    perSecond: result['2xx'] / result.duration,
    failed: result.non2xx + result.errors,
    p50: result.latency.p50,
    p99: result.latency.p99,
    busy: (user + system) / 1000 / (performance.now() - begin),
  }),
)
