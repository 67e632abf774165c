// A process of its own: asks at a steady rate, whether answers come or not, and prints how long each one took from
// the moment at which it was due: who waits behind a pause counts.
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { SteadyTask } from './measure.ts'

const { url, bodies, seconds, perSecond } = SteadyTask.parse(JSON.parse(await text(process.stdin)))
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const times: number[] = []
let failed = 0
const all: Promise<void>[] = []
const begin = performance.now()
for (let sent = 0; performance.now() - begin < seconds * 1000; await wait(1))
  for (; sent < ((performance.now() - begin) / 1000) * perSecond; sent++)
    all.push(ask(bodies[sent % bodies.length] ?? '', begin + (sent / perSecond) * 1000))
await Promise.all(all)
agent.destroy()
times.sort((a, b) => a - b)
const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(JSON.stringify({ answered: times.length, failed, p50: at(0.5), p99: at(0.99), max: at(1) }))

function ask(body: string, due: number): Promise<void> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const asked = request(`${url}/predict`, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.once('end', () => {
        if (response.statusCode === 200) times.push(performance.now() - due)
        else failed += 1
        resolve()
      })
    })
    asked.once('error', () => {
      failed += 1
      resolve()
    })
    asked.end(body)
  })
}
