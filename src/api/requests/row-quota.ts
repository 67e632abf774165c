import type { FastifyReply } from 'fastify'
import type { Caller } from '../../access.ts'
import { DAY_MS } from '../../date-time.ts'
import { FitserveError } from '../../errors.ts'
import { counted } from '../../numbers.ts'
import { forgetOldest } from '../../runtime/forget-oldest.ts'
import { addRateLimit } from './rate-limit-headers.ts'

/** Callers counted at once; the one that was counted longest ago is forgotten. */
const MAX_COUNTED = 20_000

type Limited = Pick<Caller, 'name' | 'rowsPerDay'> | null

/** Rows that were set aside for a request. */
export interface TakenRows {
  /** Gives back rows that were not answered. */
  giveBack(rows: number): void
}

const NOTHING_TAKEN: TakenRows = { giveBack: () => undefined }

/**
 * Counts the rows that callers with a limit of rows have answered in a day (UTC). Each process counts by itself, from its
 * start.
 */
export class RowQuota {
  readonly #used = new Map<string, number>()
  readonly #now: () => number
  #day = 0

  /** @param now returns the time in milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Returns the rows that a caller may still have answered today; infinite without a limit. */
  left(caller: Limited): number {
    if (caller?.rowsPerDay == null) return Number.POSITIVE_INFINITY
    this.#turnDay()
    return Math.max(0, caller.rowsPerDay - (this.#used.get(caller.name) ?? 0))
  }

  /** Sets rows aside before they are answered. @throws FitserveError `rate-limited` where fewer are left */
  take(caller: Limited, rows: number): TakenRows {
    if (caller?.rowsPerDay == null) return NOTHING_TAKEN
    const left = this.left(caller)
    if (rows > left) throw usedUp(caller.rowsPerDay, rows, left)
    const { name } = caller
    const day = this.#day
    this.#add(name, rows)
    return {
      giveBack: (unused) => {
        if (day === this.#day) this.#add(name, -unused)
      },
    }
  }

  /** Sets rows aside for a request. A refusal gets the header `Retry-After`. @throws FitserveError `rate-limited` */
  takeFor(reply: FastifyReply, rows: number): TakenRows {
    const { caller } = reply.request
    if (caller?.rowsPerDay == null) return NOTHING_TAKEN
    try {
      return this.take(caller, rows)
    } catch (error) {
      this.addHeaders(reply)
      reply.header('retry-after', String(this.secondsLeft()))
      throw error
    }
  }

  /** Adds the headers that say how many rows are left. */
  addHeaders(reply: FastifyReply): void {
    const { caller } = reply.request
    if (caller?.rowsPerDay == null) return
    const left = this.left(caller)
    const resetS = this.secondsLeft()
    addRateLimit(reply, { name: 'rows', quota: caller.rowsPerDay, windowS: DAY_MS / 1000, left, resetS })
  }

  /** Returns the seconds until a new day begins. */
  secondsLeft(): number {
    return Math.ceil((DAY_MS - (this.#now() % DAY_MS)) / 1000)
  }

  #add(name: string, rows: number): void {
    const used = Math.max(0, (this.#used.get(name) ?? 0) + rows)
    // Behind the others: the one used longest ago is the first of the map.
    this.#used.delete(name)
    this.#used.set(name, used)
    forgetOldest(this.#used, MAX_COUNTED)
  }

  #turnDay(): void {
    const day = Math.floor(this.#now() / DAY_MS)
    if (day === this.#day) return
    this.#day = day
    this.#used.clear()
  }
}

function usedUp(perDay: number, rows: number, left: number): FitserveError {
  return new FitserveError(
    'rate-limited',
    `This key has a limit of ${counted(perDay, 'row')} a day (UTC), of which ${left.toLocaleString('en')} ${left === 1 ? 'is' : 'are'} left. ${remedyFor(perDay, rows, left)}`,
  )
}

function remedyFor(perDay: number, rows: number, left: number): string {
  if (perDay === 0) return 'Use another key.'
  if (rows > perDay) return left > 0 ? 'Send fewer rows.' : 'Wait until midnight UTC, and send fewer rows.'
  return left > 0 ? 'Send fewer rows, or wait until midnight UTC.' : 'Wait until midnight UTC.'
}
