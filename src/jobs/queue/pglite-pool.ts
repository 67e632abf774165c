import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import type { PgNotification, PgPool, PgPoolClient, PgQueryResult } from 'bullmq'
import type { FitserveError } from '../../errors.ts'
import { troubleOf } from './embedded-trouble.ts'

/** Pause after the first failed statement, in ms. It doubles with each further one. */
const FIRST_PAUSE_MS = 10
/** Limit on the pause, in ms: below the time limit of a call, which so fails with the cause and not by the limit. */
const LONGEST_PAUSE_MS = 2_000
/** Time without a failed statement after which pauses are short again, in ms. */
const CALM_MS = 3 * LONGEST_PAUSE_MS
/** The SQLSTATE of what BullMQ's own functions refuse, such as a job without its parent. */
const REFUSED = 'BM001'

/** Functions that are called when statements end. */
export interface PglitePoolListeners {
  /** Called when a statement failed for a transient reason, such as a full disk. */
  onTrouble?: (trouble: FitserveError) => void
  /** Called when a statement succeeded. */
  onSuccess?: () => void
}

/**
 * Returns PGlite in the shape of a `pg.Pool`, as far as BullMQ uses one. PGlite has one session, so every client is
 * that session: a setting holds for all of them, and a notification goes to all of them.
 *
 * A statement that fails rejects after a pause, which grows. PGlite answers without a turn of the event loop, so a
 * worker that asks again at once, as BullMQ's does, would keep everything else of this process from running.
 * @param opened gives the database, as soon as it is open
 */
export function createPglitePool(
  opened: () => Promise<PGlite>,
  { onTrouble, onSuccess }: PglitePoolListeners = {},
): PgPool {
  const pause = createPause()
  // Only `exec` takes several statements, and only `query` takes parameters.
  const run = async <R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> => {
    const database = await opened()
    if (params !== undefined && params.length > 0) {
      const { rows, affectedRows } = await database.query<R>(text, [...params])
      return { rows, rowCount: affectedRows ?? rows.length }
    }
    const last = (await database.exec(text)).at(-1)
    return { rows: (last?.rows ?? []) as R[], rowCount: last?.affectedRows ?? 0 }
  }
  const query = async <R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> => {
    try {
      const result = await run<R>(text, params)
      onSuccess?.()
      return result
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === REFUSED) throw error
      const trouble = troubleOf(error)
      if (trouble) onTrouble?.(trouble)
      await pause()
      throw trouble ?? error
    }
  }

  class Client extends EventEmitter {
    readonly query = query
    readonly #silence: () => void

    constructor(database: PGlite) {
      super()
      this.setMaxListeners(0)
      this.#silence = database.onNotification((channel, payload) => {
        this.emit('notification', { channel, payload } satisfies PgNotification)
      })
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
    connect: async () => new Client(await opened()) as PgPoolClient,
    end: async () => {},
  }) as PgPool
}

/** Returns a function that waits, longer each time it is called again within `CALM_MS`. */
function createPause(): () => Promise<void> {
  let nextMs = FIRST_PAUSE_MS
  let lastAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - lastAt > CALM_MS) nextMs = FIRST_PAUSE_MS
    lastAt = performance.now()
    const ms = nextMs
    nextMs = Math.min(2 * nextMs, LONGEST_PAUSE_MS)
    await sleep(ms)
  }
}
