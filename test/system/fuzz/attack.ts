import { Agent, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { Draws } from './random.ts'
import type { Answered, Sent, Target } from './target.ts'

/** Requests under way at once. */
const CLIENTS = 4
/** Time in which each request is answered, on a busy machine too. */
const MOST_MS = 60_000
/** What only the inside of a program knows: paths, stacks, and the messages of faults in JavaScript. */
export const LEAKS =
  /node_modules|\bat \S+ \(|\.[jt]s:\d+:\d+|TypeError|RangeError|Cannot read propert|is not a function|undefined is not|\/tmp\//

/** An answer that no request may get. */
export interface Finding {
  readonly target: string
  readonly reason: string
  /** Number of the input, from 0, by which it is made again. */
  readonly input: number
  readonly sent: string
  readonly answered: string
}

/** How many requests got an answer of each class, such as `2xx`; `broken`: the connection ended without one. */
export type Tally = Record<string, number>

/** Sends inputs of a target to a service, several at a time. */
export async function attack(
  url: string,
  target: Target,
  { inputs, seed }: { inputs: number; seed: number },
): Promise<{ findings: Finding[]; tally: Tally }> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  const findings: Finding[] = []
  const tally: Tally = {}
  let next = 0
  const client = async () => {
    while (next < inputs && findings.length === 0) {
      const input = next++
      const sent = target.next(new Draws(seedOf(seed, target.name, input)))
      const answered = await answerTo(url, agent, sent)
      const kind = answered instanceof Error ? 'broken' : `${Math.floor(answered.status / 100)}xx`
      tally[kind] = (tally[kind] ?? 0) + 1
      const reason = faultOf(answered, sent)
      if (reason) findings.push({ target: target.name, reason, input, ...told(sent, answered) })
      const undone = answered instanceof Error ? null : target.undo?.(answered)
      if (undone) await answerTo(url, agent, undone)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  agent.destroy()
  return { findings, tally }
}

/** Returns the seed of one input of a target, which has nothing to do with that of another seed's or target's inputs. */
export function seedOf(seed: number, name: string, input: number): number {
  let mixed = seed
  for (const character of `${name}/${input}`)
    mixed = Math.imul(mixed ^ (character.codePointAt(0) ?? 0), 16_777_619)
  return mixed
}

/** Returns the answer to a request, or the error by which its connection ended. */
export async function answerTo(url: string, agent: Agent, sent: Sent): Promise<Answered | Error> {
  try {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const { hostname, port } = new URL(url)
      const { method, path, headers, body } = sent
      const length = body ? { 'content-length': body.length } : {}
      const outgoing = request(
        { agent, hostname, port, method, path, headers: { ...headers, ...length } },
        resolve,
      )
      outgoing.setTimeout(MOST_MS, () => outgoing.destroy(new Error(`no answer within ${MOST_MS} ms`)))
      outgoing.on('error', reject)
      outgoing.end(body)
    })
    return { status: message.statusCode ?? 0, headers: message.headers, body: await buffer(message) }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Errors of a connection that the service has closed because of what it refused, before it was all sent. */
const CLOSED = new Set(['EPIPE', 'ECONNRESET'])

/** Returns what is wrong with an answer; undefined for one that a request may get. */
function faultOf(answered: Answered | Error, sent: Sent): string | undefined {
  if (answered instanceof Error) {
    const isClosed = 'code' in answered && typeof answered.code === 'string' && CLOSED.has(answered.code)
    return isClosed && sent.body ? undefined : `no answer: ${answered.message}`
  }
  const { status, headers, body } = answered
  const isRetryable = status === 503 && headers['retry-after'] !== undefined
  if (status < 200 || (status >= 500 && !isRetryable)) return `status ${status}`
  if (status < 400) return undefined
  const text = body.toString()
  if (LEAKS.test(text.replace(sent.path, ''))) return 'the answer tells of the inside of the service'
  const isProblem = String(headers['content-type']).includes('json') || text === ''
  return isProblem ? undefined : `an error without a JSON body (${headers['content-type']})`
}

const MOST_TOLD = 2_000

function told(sent: Sent, answered: Answered | Error): Pick<Finding, 'sent' | 'answered'> {
  const head = `${sent.method} ${sent.path} ${JSON.stringify(sent.headers)}`
  return {
    sent: `${head}\n${sent.body?.subarray(0, MOST_TOLD).toString('base64') ?? ''}`,
    answered: answered instanceof Error ? answered.message : answered.body.toString().slice(0, MOST_TOLD),
  }
}
