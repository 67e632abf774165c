import { Cluster, type Redis } from 'ioredis'
import { FitserveError } from '../../errors.ts'
import { settledWithin } from '../../runtime/with-timeout.ts'
import { PREFIX } from './bullmq-backend.ts'

/** How long the first answer is waited for. */
const FIRST_MS = 3_000
const PROBE = `${PREFIX}:probe`
/** Some of what BullMQ's scripts do, so that a user who may not is refused now and not with the first job. */
const SCRIPT = `
redis.call('HSET', KEYS[1], 'a', 1)
redis.call('DEL', KEYS[1])
redis.call('XADD', KEYS[1], '*', 'a', 1)
return redis.call('DEL', KEYS[1])`

/**
 * Looks once whether a Redis lets the queue do its work. One that does not answer, or not yet, is no failure.
 * @returns what went wrong that may pass
 * @throws FitserveError `queue-unavailable` where it is there and refuses for good
 */
export async function lookAtRedis(client: Redis | Cluster): Promise<Error | undefined> {
  const trouble = (await connected(client)) ?? (await tried(client))
  const refusal = trouble && refusalOf(wordsOf(trouble))
  if (refusal) throw refusal
  return trouble
}

/** Tells by which policy a Redis may evict what the queue keeps, of each policy once. */
export function watchEviction(client: Redis | Cluster, tell: (policy: string) => void): void {
  let told = 'noeviction'
  const look = async () => {
    for (const node of client instanceof Cluster ? client.nodes('master') : [client]) {
      const [, policy = told] = /^maxmemory_policy:(\S+)/m.exec(await node.info('memory')) ?? []
      if (policy === told || policy === 'noeviction') continue
      told = policy
      tell(policy)
    }
  }
  // Who may not ask is refused at the start.
  const now = () => void look().catch(() => {})
  client.on('ready', now)
  if (client.status === 'ready') now()
}

/** What the first try to connect fails with. */
async function connected(client: Redis | Cluster): Promise<Error | undefined> {
  let settle: (error?: Error) => void = () => {}
  const first = new Promise<Error | undefined>((resolve) => {
    settle = resolve
  })
  const ready = () => settle()
  client.once('error', settle).once('ready', ready)
  const late = setTimeout(() => settle(new Error(`No answer within ${FIRST_MS} ms`)), FIRST_MS)
  const error = await first
  clearTimeout(late)
  client.off('error', settle).off('ready', ready)
  return error
}

/** What the first calls of one that is connected fail with. */
async function tried(client: Redis | Cluster): Promise<Error | undefined> {
  let trouble: Error | undefined
  const calls = Promise.all([client.info(), client.eval(SCRIPT, 1, PROBE)]).catch((error: Error) => {
    trouble = error
  })
  await settledWithin(FIRST_MS, calls)
  return trouble
}

/** What the server says; for a cluster, what the last of its nodes says. */
function wordsOf(error: Error): string {
  const last = 'lastNodeError' in error ? error.lastNodeError : undefined
  return last instanceof Error ? last.message : error.message
}

/** What a person must mend; everything else may pass. The server's words may name users, keys and addresses. */
function refusalOf(words: string): FitserveError | undefined {
  const [code] = /WRONGPASS|invalid password|NOAUTH|NOPERM|DB index is out of range/.exec(words) ?? []
  const sentence = /^All sentinels/.test(words)
    ? code && 'The sentinels do not accept sentinelUsername and sentinelPassword of REDIS_URL.'
    : code === 'WRONGPASS' || code === 'invalid password'
      ? 'Redis does not accept the user and password of REDIS_URL.'
      : code === 'NOAUTH'
        ? 'Redis asks for a password, and REDIS_URL has none.'
        : code === 'NOPERM' || /user executing the script|ACL failure in script/.test(words)
          ? `The user of REDIS_URL may not do what the queue needs with keys that begin with "${PREFIX}".`
          : code && 'Redis has no database of the number in REDIS_URL.'
  if (sentence === undefined) return undefined
  return new FitserveError('queue-unavailable', sentence, { cause: new Error(code ?? 'NOPERM') })
}
