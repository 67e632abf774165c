import {
  type PoolOptions,
  type PoolWorker,
  type TestProject,
  ThreadsPoolWorker,
  type WorkerRequest,
} from 'vitest/node'

/**
 * How many runs of tests one thread does. A fault may leave something behind in the memory of its thread; a new thread
 * now and then keeps that from piling up.
 */
const RUNS_PER_THREAD = 40

interface Thread {
  worker: ThreadsPoolWorker
  /** Runs that it has done or is in. */
  runs: number
}

type Listener = (message: unknown) => void
type Run = Extract<WorkerRequest, { type: 'run' }>
type Config = Extract<WorkerRequest, { type: 'start' }>['context']['config']

/** The thread that waits for the next run. */
let warm: Thread | undefined

/**
 * A worker of vitest whose thread stays when a run ends, and takes the next one. Vitest otherwise starts a thread for
 * each run, and most of the time of a fault went into loading the same packages again. Test files are still evaluated
 * anew for each run, as vitest does with several files in a thread (`isolate: false`).
 */
class WarmThread implements PoolWorker {
  readonly name = 'warm-thread'
  readonly #thread: Thread
  readonly #isNew: boolean
  readonly #listeners: { event: string; callback: Listener }[] = []
  #config: Config | undefined
  #isTold = false

  constructor(options: PoolOptions) {
    this.#isNew = warm === undefined
    this.#thread = warm ?? { worker: new ThreadsPoolWorker(options), runs: 0 }
    warm = undefined
  }

  async start(): Promise<void> {
    if (this.#isNew) await this.#thread.worker.start()
  }

  on(event: string, callback: Listener): void {
    this.#listeners.push({ event, callback })
    this.#thread.worker.on(event, callback)
  }

  off(event: string, callback: Listener): void {
    this.#thread.worker.off(event, callback)
  }

  send(message: WorkerRequest): void {
    if (message.type === 'start') this.#config = message.context.config
    if (message.type === 'stop') this.#isTold = true
    if (message.type === 'start' && !this.#isNew) this.#answer('started')
    else if (message.type === 'stop' && !this.#isWornOut()) this.#answer('stopped')
    else if (message.type === 'run') this.#run(message)
    else this.#thread.worker.send(message)
  }

  async stop(): Promise<void> {
    const { worker } = this.#thread
    // Vitest stops a thread without telling it where its run did not end.
    if (!this.#isTold || this.#isWornOut()) return worker.stop()
    for (const { event, callback } of this.#listeners) worker.off(event, callback)
    warm = this.#thread
  }

  deserialize(data: unknown): unknown {
    return data
  }

  #run(message: Run): void {
    this.#thread.runs += 1
    // The thread knows the settings of its first run; each run has its own choice of tests.
    const context = { ...message.context, config: this.#config }
    this.#thread.worker.send({ ...message, context })
  }

  #isWornOut(): boolean {
    return this.#thread.runs >= RUNS_PER_THREAD
  }

  /** Answers in place of the thread, which hears nothing of it. */
  #answer(type: 'started' | 'stopped'): void {
    for (const { event, callback } of this.#listeners)
      if (event === 'message') queueMicrotask(() => callback({ __vitest_worker_response__: true, type }))
  }
}

/** Makes vitest run its tests in a thread that it keeps. A plugin of Vite, for `plugins` of a vitest configuration. */
export function warmThread() {
  const name = 'warm-thread'
  return {
    name,
    configureVitest({ project }: { project: TestProject }) {
      project.config.pool = name
      project.config.poolRunner = { name, createPoolWorker: (options) => new WarmThread(options) }
    },
  }
}
