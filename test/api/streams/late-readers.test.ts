import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import type { App } from '../../../src/api/route-config.ts'
import { listen, RawClient } from '../connection.ts'
import { stubApp } from '../stubs.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

/** Long answers fill what lies between the service and a client soon. */
const LONG = 'x'.repeat(8000)
const predictNow = () => ({
  model: 'imdb',
  version: 2,
  prediction: { label: LONG, score: 1, confidence: 1, probabilities: {} },
})
const BODY = '{"text":"a"}'
const COUNT = 2000

const request = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'Host: a', ...headers, `Content-Length: ${BODY.length}`, '', BODY].join('\r\n')
const plain = (id: number) =>
  request('POST /predict', 'Content-Type: application/json', `X-Request-Id: n${id}`)
const timed = (id: number) => plain(id).replace('Host: a', 'Host: a\r\nX-Request-Timeout-Ms: 60000')
const unexpected = (id: number) => plain(id).replace('Host: a', 'Host: a\r\nExpect: the-unexpected')

it.each([
  ['a client that sends equal requests at once and reads late gets all answers, in order', plain],
  ['a client that sends requests for Node at once and reads late gets all answers, in order', timed],
  [
    'a client whose requests are for Node from the second on and that reads late gets all answers, in order',
    (id: number) => (id === 0 ? plain : timed)(id),
  ],
  [
    'a client that sends requests of both kinds at once and reads late gets all answers, in order',
    (id: number) => (id % 7 === 3 ? timed : plain)(id),
  ],
  [
    'a client whose last requests are refused and that reads late gets all answers, in order',
    (id: number) => (id < 900 ? plain : unexpected)(id),
  ],
])('%s', async (_title, of) => {
  const app = await stubApp({ serving: { predictNow } })
  apps.push(app)
  const connected = new Promise<Socket>((resolve) => app.server.once('connection', resolve))
  const client = new RawClient(await listen(app))
  client.socket.pause()
  const requests = Array.from({ length: COUNT }, (_, id) => of(id))
  client.socket.write(requests.join(''))
  const socket = await connected
  for (let before = -1; socket.bytesWritten !== before; await wait(100)) before = socket.bytesWritten
  client.socket.resume()
  await client.untilAnswers(COUNT)
  const answers = client.received.split(/(?=HTTP\/1\.1 \d{3} )/)
  const told = answers.map((answer) => /x-request-id: (n\d+)/.exec(answer)?.[1] ?? 'refused')
  const asked = requests.map((sent, id) => (sent.includes('Expect') ? 'refused' : `n${id}`))
  expect(told).toEqual(asked)
  client.socket.destroy()
})
