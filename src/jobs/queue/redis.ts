import { createRedisBackend } from 'bullmq'
import { Cluster, Redis } from 'ioredis'
import { type RedisAddress, readRedisAddress } from '../../config/redis-address.ts'
import type { BullBackend } from './bullmq-backend.ts'
import { type BullQueueOptions, createBullQueue } from './bullmq-queue.ts'
import type { JobQueue } from './contract.ts'
import { checkRedis, watchEviction } from './redis-checks.ts'

/** Options of the queue on Redis. */
export interface RedisQueueOptions extends BullQueueOptions {
  /** The server's address; see `readRedisAddress`. */
  url: string
  /** Called at a connection if Redis has a `maxmemory-policy` by which it may lose jobs; once for each policy. */
  onEviction?: ((policy: string) => void) | undefined
}

type Client = Redis | Cluster

/**
 * Opens the queue on Redis or Valkey. The server need not be there yet: calls fail until it is, and workers keep
 * trying.
 * @throws FitserveError `queue-unavailable` if the server answers and refuses for good
 */
export async function createRedisQueue(options: RedisQueueOptions): Promise<JobQueue> {
  const address = readRedisAddress(options.url)
  if (address === undefined) throw new TypeError('Expected the address of a Redis')
  const client = unprinted(connect(address))
  // An error that is emitted meanwhile is the one that checkRedis returns or throws.
  const ignore = () => {}
  client.on('error', ignore)
  const trouble = await checkRedis(client).catch((error: unknown) => {
    client.disconnect()
    throw error
  })
  client.on('error', (error: Error) => options.onError?.(error)).off('error', ignore)
  if (trouble) options.onError?.(trouble)
  watchEviction(client, (policy) => options.onEviction?.(policy))
  return createBullQueue(redisBackend(client, rememberCopies(client)), options)
}

const retry = (times: number) => Math.min(100 * 2 ** times, 2_000)

function connect({ kind, tls, nodes, db, name, ...login }: RedisAddress): Client {
  const { username, password, sentinelUsername, sentinelPassword } = login
  const options = {
    // Workers wait for as long as it takes; a call of the queue has a limit of its own.
    maxRetriesPerRequest: null,
    connectTimeout: 2_500,
    retryStrategy: retry,
    // After a failover the old primary may answer for a while, as a replica: ask again where the new one is.
    reconnectOnError: ({ message }: Error) => (message.startsWith('READONLY') ? 2 : false) as 2 | false,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  }
  if (kind === 'cluster') {
    const redisOptions = tls ? { ...options, tls: {} } : options
    // A certificate is for a name, so with TLS the server is asked by its name, not by its address.
    const byName = {
      dnsLookup: (host: string, done: (error: null, host: string) => void) => done(null, host),
    }
    return new Cluster([...nodes], { redisOptions, clusterRetryStrategy: retry, ...(tls && byName) })
  }
  if (kind === 'server') return new Redis({ ...options, ...nodes[0], db, ...(tls && { tls: {} }) })
  return new Redis({
    ...options,
    sentinels: [...nodes],
    name,
    db,
    sentinelRetryStrategy: retry,
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  })
}

/** Collects the copies that BullMQ makes of the connection to wait on, so that they can be closed. */
function rememberCopies(client: Client): Client[] {
  const copies: Client[] = []
  const duplicate: (...override: never[]) => Client = client.duplicate.bind(client)
  const remembering = (...override: never[]) => {
    const copy = unprinted(duplicate(...override))
    copies.push(copy)
    return copy
  }
  return Object.assign(client, { duplicate: remembering }) && copies
}

/**
 * Keeps BullMQ from printing a line for each connection to a Redis that may evict keys: `onEviction` is called once.
 */
function unprinted(client: Client): Client {
  const info: (...args: never[]) => Promise<string> = client.info.bind(client)
  const policy = /^maxmemory_policy:.*$/m
  const quiet = async (...args: never[]) =>
    args.length > 0 ? info(...args) : (await info()).replace(policy, '')
  return Object.assign(client, { info: quiet })
}

function redisBackend(client: Client, copies: Client[]): BullBackend {
  return {
    factory: createRedisBackend,
    connection: client,
    drainDelay: 1,
    async reachable(signal) {
      if (client.status === 'ready') return
      await new Promise<void>((resolve, reject) => {
        const settle = (then: () => void) => () => {
          client.off('ready', ready)
          signal.removeEventListener('abort', aborted)
          then()
        }
        const ready = settle(resolve)
        const aborted = settle(() => reject(new Error('Not connected')))
        client.on('ready', ready)
        signal.addEventListener('abort', aborted)
        if (signal.aborted) aborted()
      })
    },
    ping: () => client.ping(),
    reconnect() {
      if (client.status === 'ready') client.disconnect(true)
    },
    async newestEvent(queue) {
      const [newest] = await client.xrevrange(queue.toKey('events'), '+', '-', 'COUNT', 1)
      return newest?.[0] ?? '0-0'
    },
    async close() {
      for (const connection of [client, ...copies]) connection.disconnect()
    },
  }
}
