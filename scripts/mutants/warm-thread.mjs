import { ThreadsPoolWorker } from 'vitest/node'

/**
 * How many runs of tests one thread does. A fault may leave something behind in the memory of its thread; a new thread
 * now and then keeps that from piling up.
 */
const RUNS_PER_THREAD = 40

/**
 * The thread that waits for the next run, and how many it has done.
 * @type {{ worker: ThreadsPoolWorker, runs: number } | undefined}
 */
let warm

/**
 * A worker of vitest whose thread stays when a run ends, and takes the next one. Vitest otherwise starts a thread for
 * each run, and most of the time of a fault went into loading the same packages again. Test files are still evaluated
 * anew for each run, as vitest does with several files in a thread (`isolate: false`).
 */
class WarmThread {
  name = 'warm-thread'
  #options
  #config
  #kept
  #listeners = []
  #isStopping = false

  constructor(options) {
    this.#options = options
  }

  async start() {
    if (warm === undefined) {
      this.#kept = { worker: new ThreadsPoolWorker(this.#options), runs: 0 }
      await this.#kept.worker.start()
      return
    }
    this.#kept = warm
    warm = undefined
  }

  on(event, callback) {
    this.#listeners.push([event, callback])
    this.#kept.worker.on(event, callback)
  }

  off(event, callback) {
    this.#kept.worker.off(event, callback)
  }

  send(message) {
    if (message.type === 'start') this.#config = message.context.config
    if (message.type === 'stop') this.#isStopping = true
    if (message.type === 'start' && this.#kept.runs > 0) return this.#answer('started')
    if (message.type === 'stop' && !this.#isWornOut()) return this.#answer('stopped')
    if (message.type !== 'run') return this.#kept.worker.send(message)
    this.#kept.runs++
    // The thread knows the settings of its first run; each run has its own choice of tests.
    this.#kept.worker.send({ ...message, context: { ...message.context, config: this.#config } })
  }

  async stop() {
    // Vitest stops a thread without a word where its run did not end.
    if (!this.#isStopping || this.#isWornOut()) return this.#kept.worker.stop()
    for (const [event, callback] of this.#listeners) this.#kept.worker.off(event, callback)
    warm = this.#kept
  }

  deserialize(data) {
    return data
  }

  #isWornOut() {
    return this.#kept.runs >= RUNS_PER_THREAD
  }

  /** Answers in place of the thread, which hears nothing of it. */
  #answer(type) {
    for (const [event, callback] of this.#listeners)
      if (event === 'message') queueMicrotask(() => callback({ __vitest_worker_response__: true, type }))
  }
}

/** Makes vitest run its tests in a thread that it keeps. A plugin of Vite, for `plugins` of a vitest configuration. */
export function warmThread() {
  return {
    name: 'warm-thread',
    configureVitest({ project }) {
      project.config.pool = 'warm-thread'
      project.config.poolRunner = {
        name: 'warm-thread',
        createPoolWorker: (options) => new WarmThread(options),
      }
    },
  }
}
