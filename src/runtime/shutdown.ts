import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'

type Close = () => Promise<unknown>

/**
 * Time limit for closing everything, in ms, without the time in which connections are still accepted. What is not
 * closed by then is left, and the exit code says so.
 */
const CLOSE_MS = 9_000

/** The signals that ask a program to end. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const
/**
 * Time in which a second signal counts as an echo of the first, in ms: a signal to a process group comes from its
 * sender and is passed on by npm as well.
 */
const ECHO_MS = 1_000

/** Everything that has been opened and must be closed before the process ends. */
export class Closing {
  readonly #log: Logger
  readonly #limitMs: number
  readonly #work: Close[] = []
  readonly #parts: Close[] = []
  #closed: Promise<void> | undefined

  /** @param drainMs time in which the process goes on accepting connections once it is to end, in ms */
  constructor(log: Logger, drainMs: number) {
    this.#log = log
    this.#limitMs = drainMs + CLOSE_MS
  }

  /** Adds a part that takes requests or jobs. These are closed first, all at once. */
  work(close: Close): void {
    this.#work.push(close)
  }

  /** Adds a part that others need. These are closed afterwards, the last opened first. */
  part(close: Close): void {
    this.#parts.push(close)
  }

  /** True once closing has begun; a start that is still going on should stop. */
  get begun(): boolean {
    return this.#closed !== undefined
  }

  /** Closes everything, each part even if another fails. A second call waits for the first. */
  run(): Promise<void> {
    this.#closed ??= (async () => {
      await Promise.all(this.#work.map((close) => this.#try(close)))
      for (const close of this.#parts.toReversed()) await this.#try(close)
    })()
    return this.#closed
  }

  /** From now on a signal closes everything and ends the process with exit code 0; a second signal ends it at once. */
  onSignal(): void {
    const graceful = closeWithGrace(
      { delay: this.#limitMs, logger: false, skip: [...SIGNALS, 'SIGHUP'] },
      async ({ err }) => {
        if (err) this.#log.fatal({ err }, 'ending after an error')
        await this.run()
        this.#log.info('closed')
      },
    )
    // It asks for files to be read again, and ends nothing, also where a process has no such file.
    process.on('SIGHUP', () => undefined)
    let signalledAt: number | undefined
    for (const signal of SIGNALS)
      process.on(signal, () => {
        if (signalledAt !== undefined && performance.now() - signalledAt > ECHO_MS) process.exit(1)
        if (signalledAt !== undefined) return
        signalledAt = performance.now()
        this.#log.info({ signal }, 'closing')
        graceful.close()
      })
  }

  async #try(close: Close): Promise<void> {
    try {
      await close()
    } catch (err) {
      this.#log.error({ err }, 'a part could not be closed')
    }
  }
}
