import { type ChildProcess, fork } from 'node:child_process'

/** Characters of a helper's standard error that are kept for the log, from its end. */
const STDERR_KEPT = 2_000

interface Pending {
  resolve: (reply: unknown) => void
  reject: (error: Error) => void
}

/** The helper ended before it replied. */
export class HelperStopped extends Error {
  override readonly name = 'HelperStopped'
  /** The end of its standard error, for the log. */
  readonly lastWords: string

  constructor(message: string, lastWords: string) {
    super(message)
    this.lastWords = lastWords
  }
}

/**
 * A child process that does one task at a time: reads a file, draws a plot. It gets no environment, so a hostile file
 * that takes it over finds no key and no password in its memory. An idle helper does not keep this process alive.
 * `HelperPool` starts, keeps and replaces helpers.
 */
export class HelperProcess {
  readonly #child: ChildProcess
  #pending: Pending | undefined
  #stderr = ''
  #ended = false

  /** @param path of the program; `.ts` is run by tsx @param heapMb limit on V8's old generation, in MB */
  constructor(path: string, heapMb: number) {
    const loader = path.endsWith('.ts') ? ['--import', 'tsx'] : []
    this.#child = fork(path, [], {
      execArgv: [`--max-old-space-size=${heapMb}`, ...loader],
      env: {},
      serialization: 'json',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT)
    })
    this.#child.on('message', (reply) => this.#settle((pending) => pending.resolve(reply)))
    this.#child.on('error', (error) => this.#end(error.message))
    this.#child.on('exit', (code, signal) => this.#end(`exit code ${code}, signal ${signal}`))
    this.#hold(false)
  }

  /** True once it can take no more tasks. */
  get ended(): boolean {
    return this.#ended
  }

  /** Process id, for tests and logs. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Hands over a task and returns its reply, unchecked. One task at a time. @throws HelperStopped */
  run(task: object): Promise<unknown> {
    this.#hold(true)
    return new Promise<unknown>((resolve, reject) => {
      this.#pending = { resolve, reject }
      if (this.#ended) return this.#end('it had ended')
      this.#child.send(task, (error) => {
        if (error !== null) this.#end(error.message)
      })
    }).finally(() => this.#hold(false))
  }

  /** Ends it at once; a task in hand is rejected. */
  kill(): void {
    this.#child.kill('SIGKILL')
    this.#end('it was killed')
  }

  #end(reason: string): void {
    this.#ended = true
    this.#settle((pending) =>
      pending.reject(new HelperStopped(`The helper stopped: ${reason}`, this.#stderr)),
    )
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending
    this.#pending = undefined
    if (pending !== undefined) how(pending)
  }

  #hold(alive: boolean): void {
    const parts = [
      this.#child,
      this.#child.channel,
      this.#child.stderr as { ref?(): void; unref?(): void } | null,
    ]
    for (const part of parts) {
      if (alive) part?.ref?.()
      else part?.unref?.()
    }
  }
}
