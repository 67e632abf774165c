import { EventEmitter } from 'node:events'
import type { PGlite } from '@electric-sql/pglite'
import type { PgNotification, PgPool, PgPoolClient, PgQueryResult } from 'bullmq'

/**
 * Returns PGlite in the shape of a `pg.Pool`, as far as BullMQ uses one. PGlite has one session, so every client is that
 * session: a setting holds for all of them, and a notification goes to all of them.
 */
export function createPglitePool(database: PGlite): PgPool {
  // Only `exec` takes several statements, and only `query` takes parameters.
  const query = async <R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> => {
    if (params !== undefined && params.length > 0) {
      const { rows, affectedRows } = await database.query<R>(text, [...params])
      return { rows, rowCount: affectedRows ?? rows.length }
    }
    const last = (await database.exec(text)).at(-1)
    return { rows: (last?.rows ?? []) as R[], rowCount: last?.affectedRows ?? 0 }
  }

  class Client extends EventEmitter {
    readonly query = query
    readonly #silence = database.onNotification((channel, payload) => {
      this.emit('notification', { channel, payload } satisfies PgNotification)
    })

    constructor() {
      super()
      this.setMaxListeners(0)
    }

    release(): void {
      this.#silence()
      this.removeAllListeners()
    }
  }

  return Object.assign(new EventEmitter().setMaxListeners(0), {
    // A connection within one process cannot be lost unnoticed.
    options: { keepAlive: true },
    query,
    connect: async () => new Client() as PgPoolClient,
    end: async () => {},
  }) as PgPool
}
