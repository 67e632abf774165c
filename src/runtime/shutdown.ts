import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'

type Close = () => Promise<unknown>

/** All is closed within this time, in milliseconds; whatever is not is left, and the exit code says so. */
const CLOSE_MS = 9_000

/** The signals that ask a program to end. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/**
 * A signal to a process group comes twice, from the sender and passed on by npm: within this time, in
 * milliseconds, a second one is the first one's echo.
 */
const ECHO_MS = 1_000

/** What has been opened and is to be closed when the process is told to end. */
export class Closing {
  readonly #log: Logger
  readonly #work: Close[] = []
  readonly #parts: Close[] = []
  #closed: Promise<void> | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  /** What takes requests or jobs: closed first, all of it side by side. */
  work(close: Close): void {
    this.#work.push(close)
  }

  /** What that work needs: closed after it, the last opened first. */
  part(close: Close): void {
    this.#parts.push(close)
  }

  /** Whether the end has begun, so that what is still starting goes no further. */
  get begun(): boolean {
    return this.#closed !== undefined
  }

  /** Closes everything, each even if another fails; who comes second awaits the first. */
  run(): Promise<void> {
    this.#closed ??= (async () => {
      await Promise.all(this.#work.map((close) => this.#try(close)))
      for (const close of this.#parts.toReversed()) await this.#try(close)
    })()
    return this.#closed
  }

  /** From here on a signal closes everything and ends the process with 0; a second one ends it at once. */
  onSignal(): void {
    const graceful = closeWithGrace(
      { delay: CLOSE_MS, logger: false, skip: [...SIGNALS] },
      async ({ err }) => {
        if (err) this.#log.fatal({ err }, 'ending after an error')
        await this.run()
        this.#log.info('closed')
      },
    )
    let told: number | undefined
    for (const signal of SIGNALS)
      process.on(signal, () => {
        if (told !== undefined && performance.now() - told > ECHO_MS) process.exit(1)
        if (told !== undefined) return
        told = performance.now()
        this.#log.info({ signal }, 'closing')
        graceful.close()
      })
  }

  async #try(close: Close): Promise<void> {
    try {
      await close()
    } catch (err) {
      this.#log.error({ err }, 'not closed')
    }
  }
}
