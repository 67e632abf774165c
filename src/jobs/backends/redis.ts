import { createRedisBackend } from 'bullmq'
import type { Redis } from 'ioredis'
import type { JobQueue } from '../queue.ts'
import type { BullBackend } from './bullmq-backend.ts'
import { type BullQueueOptions, createBullQueue } from './bullmq-queue.ts'

export interface RedisQueueOptions extends BullQueueOptions {
  /** `redis://` or, with TLS, `rediss://`. */
  url: string
}

/**
 * The queue on Redis or Valkey. It need not be there yet: calls fail until it is, and workers keep trying.
 */
export async function createRedisQueue(options: RedisQueueOptions): Promise<JobQueue> {
  const { Redis } = await import('ioredis')
  const client = new Redis(options.url, {
    // Workers wait for as long as it takes; a call of the queue has a limit of its own.
    maxRetriesPerRequest: null,
    connectTimeout: 2_500,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 2_000),
  })
  client.on('error', (error) => options.onError?.(error))
  return createBullQueue(redisBackend(client, rememberCopies(client)), options)
}

/** BullMQ makes connections of its own after this one's model where it waits for something. */
function rememberCopies(client: Redis): Redis[] {
  const copies: Redis[] = []
  const duplicate = client.duplicate.bind(client)
  client.duplicate = (override) => {
    const copy = duplicate(override)
    copies.push(copy)
    return copy
  }
  return copies
}

function redisBackend(client: Redis, copies: Redis[]): BullBackend {
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
