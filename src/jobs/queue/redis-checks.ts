import { Cluster, type Redis } from 'ioredis'
import { FitserveError } from '../../errors.ts'
import { withTimeout } from '../../runtime/with-timeout.ts'
import { PREFIX } from './bullmq-backend.ts'

/** Limit on the wait for the first answer, in ms. */
const FIRST_MS = 3_000
const PROBE = `${PREFIX}:probe`
/** A few commands of BullMQ's scripts, so that a user who may not run them is refused now, not at the first job. */
const SCRIPT = `
redis.call('HSET', KEYS[1], 'a', 1)
redis.call('DEL', KEYS[1])
redis.call('XADD', KEYS[1], '*', 'a', 1)
return redis.call('DEL', KEYS[1])`

/**
 * Tries once whether a Redis lets the queue do its work. A server that does not answer (yet) is no failure.
 * @returns a transient failure, or undefined
 * @throws FitserveError `queue-unavailable` if the server answers and refuses for good
 */
export async function checkRedis(client: Redis | Cluster): Promise<Error | undefined> {
  const trouble = (await errorOfConnecting(client)) ?? (await errorOfCalls(client))
  const refusal = trouble && refusalOf(wordsOf(trouble))
  if (refusal) throw refusal
  return trouble
}

/** Calls `onPolicy` once for each policy by which a Redis may evict keys of the queue. */
export function watchEviction(client: Redis | Cluster, onPolicy: (policy: string) => void): void {
  let reported = 'noeviction'
  const check = async () => {
    for (const node of client instanceof Cluster ? client.nodes('master') : [client]) {
      const [, policy = reported] = /^maxmemory_policy:(\S+)/m.exec(await node.info('memory')) ?? []
      if (policy === reported || policy === 'noeviction') continue
      reported = policy
      onPolicy(policy)
    }
  }
  // A user who may not ask was refused at the start; a server that is down is asked when the connection is made again.
  const now = () => void check().catch(() => {})
  client.on('ready', now)
  if (client.status === 'ready') now()
}

/** Returns the error of the first try to connect, or undefined. */
async function errorOfConnecting(client: Redis | Cluster): Promise<Error | undefined> {
  let settle: (error?: Error) => void = () => {}
  const first = new Promise<Error | undefined>((resolve) => {
    settle = resolve
  })
  const ready = () => settle()
  client.once('error', settle).once('ready', ready)
  const error = await withTimeout(first, FIRST_MS, () => new Error(`No answer within ${FIRST_MS} ms`))
  client.off('error', settle).off('ready', ready)
  return error
}

/** Returns the error of the first calls on a connection, or undefined. */
function errorOfCalls(client: Redis | Cluster): Promise<Error | undefined> {
  const calls = Promise.all([client.info(), client.eval(SCRIPT, 1, PROBE)]).then(
    () => undefined,
    (error: Error) => error,
  )
  return withTimeout(calls, FIRST_MS, () => undefined)
}

/** Returns the server's message; for a cluster, that of the last node. */
function wordsOf(error: Error): string {
  const last = 'lastNodeError' in error ? error.lastNodeError : undefined
  return last instanceof Error ? last.message : error.message
}

/**
 * Returns the error for a refusal that only a person can resolve; undefined if the failure is transient. The server's
 * message is left out, since it may name users, keys and addresses.
 */
function refusalOf(words: string): FitserveError | undefined {
  const [code] = /WRONGPASS|invalid password|NOAUTH|NOPERM|DB index is out of range/.exec(words) ?? []
  const sentence = /^All sentinels/.test(words)
    ? code && 'The sentinels do not accept sentinelUsername and sentinelPassword of REDIS_URL.'
    : code === 'WRONGPASS' || code === 'invalid password'
      ? 'Redis does not accept the user and password of REDIS_URL.'
      : code === 'NOAUTH'
        ? 'Redis asks for a password, and REDIS_URL has none.'
        : code === 'NOPERM' || /user executing the script|ACL failure in script/.test(words)
          ? `The user of REDIS_URL lacks permissions that the queue needs, for keys that begin with "${PREFIX}".`
          : code && 'Redis has no database with the number in REDIS_URL.'
  if (sentence === undefined) return undefined
  return new FitserveError('queue-unavailable', sentence, { cause: new Error(code ?? 'NOPERM') })
}
