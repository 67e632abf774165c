// A process of its own: asks at a steady rate, whether answers come or not, so that each request that waits behind a
// pause counts, and prints how long they took from when they were sent. How long after they were due that was is the
// generator's own fault, and told beside.
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import { SteadyTask } from './measure.ts'

const { url, bodies, seconds, perSecond } = SteadyTask.parse(JSON.parse(await text(process.stdin)))
const { hostname, port, host } = new URL(url)
const requests = bodies.map((body) =>
  Buffer.from(
    `POST /predict HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  ),
)
const times: number[] = []
const late: number[] = []
let failed = 0
/** Connections that nobody uses. */
const free: Socket[] = []

/** Sends the bytes on a connection that is free, or a new one, and reads the answer to its end. */
function ask(bytes: Buffer): Promise<boolean> {
  const socket = free.pop() ?? connect({ port: Number(port), host: hostname, noDelay: true })
  return new Promise((resolve) => {
    let said = ''
    const end = (ok: boolean) => {
      socket.removeAllListeners()
      if (ok) free.push(socket)
      else socket.destroy()
      resolve(ok)
    }
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1')
      const [, length = '0'] = /\r\ncontent-length: (\d+)\r\n/i.exec(said) ?? []
      const body = said.indexOf('\r\n\r\n') + 4
      if (body > 3 && said.length >= body + Number(length)) end(said.startsWith('HTTP/1.1 200'))
    })
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
    socket.write(bytes)
  })
}

// Timers of Node go by whole milliseconds; a thread that sleeps does not.
const clock = new Worker(
  `const { parentPort, workerData } = require('node:worker_threads')
   const sleep = new Int32Array(new SharedArrayBuffer(4))
   const begin = performance.now()
   for (let tick = 0; tick < workerData.ticks; tick++) {
     const left = begin + tick * workerData.everyMs - performance.now()
     if (left > 0) Atomics.wait(sleep, 0, 0, left)
     parentPort.postMessage(performance.timeOrigin + begin + tick * workerData.everyMs)
   }`,
  { eval: true, execArgv: [], workerData: { ticks: seconds * perSecond, everyMs: 1000 / perSecond } },
)
const all: Promise<void>[] = []
clock.on('message', (due: number) => {
  const now = () => performance.timeOrigin + performance.now()
  const sent = now()
  late.push(sent - due)
  const asked = ask(requests[all.length % requests.length]!).then((ok) => {
    if (ok) times.push(now() - sent)
    else failed += 1
  })
  all.push(asked)
})
await new Promise((resolve) => clock.once('exit', resolve))
await Promise.all(all)
const at = (numbers: number[], share: number) =>
  numbers.sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))]
console.log(
  JSON.stringify({
    answered: times.length,
    failed,
    late: at(late, 0.99),
    p50: at(times, 0.5),
    p99: at(times, 0.99),
    max: at(times, 1),
  }),
)
process.exit(0)
