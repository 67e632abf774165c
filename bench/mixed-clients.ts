// `npx tsx bench/mixed-clients.ts`: the server's processor time for clients that do not only send plain predictions.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { LOAD_CORE, middle } from './measure.ts'
import { cpuSeconds, PINNED } from './processes.ts'
import { startFitserve } from './service.ts'
import { readWorkload } from './workload.ts'

const CONNECTIONS = 16
const ROUNDS = 5
const SECONDS = 2
const WARM_UP_SECONDS = 3
/** Predictions between a mixed client's other requests. */
const PREDICTIONS_BETWEEN = 10

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`

/** A prediction. @param header one more header, with its line end */
const predict = (text: string, header = '') => {
  const body = JSON.stringify({ model: 'reviews', text })
  const length = Buffer.byteLength(body)
  return `POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${header}Content-Length: ${length}\r\n\r\n${body}`
}

/** A header that the fast path leaves to the route, and that changes nothing in the answer. */
const FOR_THE_ROUTE = 'X-Request-Timeout-Ms: 60000\r\n'

/** The requests that a client sends first, and then repeatedly. */
interface Kind {
  name: string
  first: string[]
  repeated: string[]
}

function kindsOf(texts: readonly string[]): Kind[] {
  const plain = texts.map((text) => predict(text))
  const routed = texts.map((text) => predict(text, FOR_THE_ROUTE))
  const withOthers = (predictions: string[]) =>
    predictions.flatMap((prediction, index) =>
      index % PREDICTIONS_BETWEEN === 0 ? [get('/health/live'), get('/models'), prediction] : [prediction],
    )
  return [
    { name: 'predictions only', first: [], repeated: plain },
    { name: 'one health check, then predictions only', first: [get('/health/live')], repeated: plain },
    { name: 'a health check and a list for 10 predictions', first: [], repeated: withOthers(plain) },
    { name: 'the same, all answered by routes', first: [], repeated: withOthers(routed) },
    { name: 'every tenth prediction for the route', first: [], repeated: mixed(plain, routed) },
    { name: 'predictions, all answered by the route', first: [], repeated: routed },
  ]
}

function mixed(plain: string[], routed: string[]): string[] {
  return plain.map((each, index) => (index % PREDICTIONS_BETWEEN === 0 ? (routed[index] ?? each) : each))
}

/** One keep-alive connection that waits for each answer. */
class Client {
  readonly #socket: Socket
  #received = ''
  #wake = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#received += text
      if (this.#isWhole()) this.#wake()
    })
    socket.on('close', () => this.#wake())
  }

  /** Sends a request and waits for the end of its answer. @throws Error where it is not answered by 200 */
  async ask(request: string): Promise<void> {
    this.#received = ''
    const answered = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#socket.write(request)
    await answered
    if (!this.#received.startsWith('HTTP/1.1 200')) throw new Error(this.#received || 'closed')
  }

  end(): void {
    this.#socket.destroy()
  }

  #isWhole(): boolean {
    const head = this.#received.indexOf('\r\n\r\n')
    const length = /content-length: (\d+)/i.exec(this.#received)?.[1]
    return head >= 0 && this.#received.length === head + 4 + Number(length)
  }
}

/** One client's load. @returns the number of its repeated requests */
async function load(port: number, kind: Kind, offset: number, until: number): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const client = new Client(socket)
  for (const request of kind.first) await client.ask(request)
  let count = 0
  while (Date.now() < until) {
    await client.ask(kind.repeated[(offset + count) % kind.repeated.length] ?? '')
    count += 1
  }
  client.end()
  return count
}

/** Microseconds of the server's processor time for each request. */
async function round(pid: number, port: number, kind: Kind, seconds: number): Promise<number> {
  const before = (await cpuSeconds(pid)) ?? Number.NaN
  const until = Date.now() + seconds * 1000
  const counts = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, index) => load(port, kind, index * 37, until)),
  )
  const after = (await cpuSeconds(pid)) ?? Number.NaN
  return ((after - before) / counts.reduce((sum, count) => sum + count, 0)) * 1e6
}

if (PINNED) spawnSync('taskset', ['-a', '-cp', String(LOAD_CORE), String(process.pid)])
const workload = readWorkload()
const server = await startFitserve(workload)
try {
  const port = Number(new URL(server.url).port)
  const kinds = kindsOf(workload.texts)
  for (const kind of kinds) await round(server.pid, port, kind, WARM_UP_SECONDS)
  const micros = new Map(kinds.map((kind) => [kind, [] as number[]]))
  for (let at = 0; at < ROUNDS; at++)
    for (const [kind, found] of micros) found.push(await round(server.pid, port, kind, SECONDS))
  console.log(`µs of the server's processor time for a request, ${PINNED ? 'on one core' : 'not pinned'}`)
  for (const [{ name }, found] of micros)
    console.log(
      `${middle(found).toFixed(1).padStart(6)}  ${name}  (${found.map((each) => each.toFixed(1)).join(' ')})`,
    )
} finally {
  await server.stop()
}
