import { fileURLToPath } from 'node:url'
import { FitserveError } from '../errors.ts'
import { HelperProcess } from './helper-process.ts'

/** What a pool starts, how many of it, and for how long. */
export interface HelperPoolOptions {
  /** Path of the helpers' program (see `ownProgram`); `.ts` is run by tsx. */
  program: string
  /** Heap of each helper, in MB. */
  heapMb: number
  /** Helpers that may work at once. A request may allow itself more. */
  maxHelpers: number
  /** Milliseconds that a helper stays without work; 0: each helper does one task. */
  idleMs: number
  /** Milliseconds after which a helper that has not replied is killed. A request may set its own. */
  timeLimitMs: number
  /** Limit on the requests that wait for a helper. Default: none. */
  maxWaiting?: number | undefined
  /** Milliseconds that a request may wait for a helper; then it is refused with `overloaded`. Default: no limit. */
  maxWaitMs?: number | undefined
  /** Message of the `overloaded` error beyond these limits. */
  overloadedMessage?: string | undefined
}

/** How one request differs from the others of its pool. */
export interface AskOptions {
  /** Gives the request up: it leaves the queue, or its helper is killed. */
  signal?: AbortSignal | undefined
  /** The request begins while fewer helpers than this work. Default: the pool's own limit. */
  maxHelpers?: number | undefined
  /** Milliseconds that the helper may take, without the wait before. Default: the pool's own limit. */
  timeLimitMs?: number | undefined
}

/** The helper took longer than its time limit and was killed. */
export class HelperTimedOut extends Error {
  override readonly name = 'HelperTimedOut'
}

interface Waiter {
  maxHelpers: number
  begin: () => void
  refuse: (error: Error) => void
}

/**
 * Child processes that do one task each at a time. They are started as they are needed, kept for a while without work,
 * killed when they take too long, and replaced when they end. Requests beyond the limit wait in order.
 *
 * ```
 * ask → [waiting] → helper (idle or new) → reply → idle ─ idleMs → killed
 *                      └ timeLimitMs, signal, close → killed
 * ```
 */
export class HelperPool {
  readonly #options: HelperPoolOptions
  readonly #idle = new Map<HelperProcess, NodeJS.Timeout>()
  readonly #busy = new Set<HelperProcess>()
  #waiting: Waiter[] = []
  /** Requests that have begun; each is counted before its helper is there, so that no other takes its place. */
  #begun = 0
  #closed = false

  constructor(options: HelperPoolOptions) {
    this.#options = options
  }

  /** Starts a helper ahead of its task, if none is idle and one more may work. */
  warm(): void {
    if (this.#closed || this.#idle.size > 0 || this.#busy.size >= this.#options.maxHelpers) return
    this.#keep(this.#start())
  }

  /**
   * Hands a message to a helper and returns its reply, unchecked.
   * @param message a function is called when the request's turn has come
   * @throws HelperStopped where the helper ended before it replied; HelperTimedOut; the signal's reason;
   *   FitserveError `overloaded` where too many wait, `not-ready` after `close`
   */
  async ask(message: object | (() => Promise<object>), options: AskOptions = {}): Promise<unknown> {
    const { signal, timeLimitMs = this.#options.timeLimitMs } = options
    await this.#begin(options)
    let helper: HelperProcess | undefined
    try {
      const content = typeof message === 'function' ? await message() : message
      this.#checkOpen()
      signal?.throwIfAborted()
      helper = this.#take()
      return await this.#run(helper, content, timeLimitMs, signal)
    } finally {
      if (helper) this.#release(helper)
      this.#end()
    }
  }

  /** Kills all helpers. Requests that wait or are in hand are refused with `not-ready`, and so are later ones. */
  close(): void {
    this.#closed = true
    for (const { refuse } of this.#waiting.splice(0)) refuse(stopping())
    for (const timer of this.#idle.values()) clearTimeout(timer)
    for (const helper of [...this.#idle.keys(), ...this.#busy]) helper.kill()
    this.#idle.clear()
  }

  async #run(
    helper: HelperProcess,
    message: object,
    timeLimitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const kill = () => helper.kill()
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      kill()
    }, timeLimitMs)
    signal?.addEventListener('abort', kill)
    try {
      return await helper.run(message)
    } catch (error) {
      signal?.throwIfAborted()
      this.#checkOpen()
      if (isLate) throw new HelperTimedOut(`No reply within ${timeLimitMs} ms`, { cause: error })
      throw error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', kill)
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw stopping()
  }

  #start(): HelperProcess {
    return new HelperProcess(this.#options.program, this.#options.heapMb)
  }

  #take(): HelperProcess {
    let found: HelperProcess | undefined
    for (const [helper, timer] of this.#idle) {
      clearTimeout(timer)
      this.#idle.delete(helper)
      if (helper.ended) continue
      found = helper
      break
    }
    const helper = found ?? this.#start()
    this.#busy.add(helper)
    return helper
  }

  #release(helper: HelperProcess): void {
    this.#busy.delete(helper)
    if (helper.ended) return
    if (this.#closed || this.#options.idleMs === 0) helper.kill()
    else this.#keep(helper)
  }

  #keep(helper: HelperProcess): void {
    const timer = setTimeout(() => {
      this.#idle.delete(helper)
      helper.kill()
    }, this.#options.idleMs)
    timer.unref()
    this.#idle.set(helper, timer)
  }

  async #begin({ signal, maxHelpers = this.#options.maxHelpers }: AskOptions): Promise<void> {
    this.#checkOpen()
    signal?.throwIfAborted()
    if (this.#begun < maxHelpers) {
      this.#begun += 1
      return
    }
    const { maxWaiting = Number.POSITIVE_INFINITY, maxWaitMs } = this.#options
    const { overloadedMessage = 'Too many requests of this kind are waiting.' } = this.#options
    const overloaded = () => new FitserveError('overloaded', overloadedMessage)
    if (this.#waiting.length >= maxWaiting) throw overloaded()
    await new Promise<void>((resolve, reject) => {
      const giveUp = (reason: unknown) => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter)
        settle()
        reject(reason)
      }
      const leave = () => giveUp(signal?.reason)
      const timer = maxWaitMs === undefined ? undefined : setTimeout(() => giveUp(overloaded()), maxWaitMs)
      const settle = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', leave)
      }
      const waiter: Waiter = {
        maxHelpers,
        begin: () => {
          settle()
          resolve()
        },
        refuse: (error) => {
          settle()
          reject(error)
        },
      }
      this.#waiting.push(waiter)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  #end(): void {
    this.#begun -= 1
    const next = this.#waiting.findIndex(({ maxHelpers }) => this.#begun < maxHelpers)
    if (next === -1) return
    this.#begun += 1
    for (const waiter of this.#waiting.splice(next, 1)) waiter.begin()
  }
}

/**
 * Returns the path of one of this project's own programs, as its source (`.ts`) where the calling module is one, else
 * compiled (`.js`).
 * @param module the caller's `import.meta.url`
 * @param path relative to the caller, without its ending: `../programs/draw-plot`
 */
export function ownProgram(module: string, path: string): string {
  return fileURLToPath(new URL(`${path}${module.endsWith('.ts') ? '.ts' : '.js'}`, module))
}

function stopping(): FitserveError {
  return new FitserveError('not-ready', 'The service is stopping.')
}
