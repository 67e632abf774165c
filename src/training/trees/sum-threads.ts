import { Worker } from 'node:worker_threads'
import type { SharedMemory } from '../../runtime/kernel-memory.ts'
import { threadProgram } from '../../runtime/thread-program.ts'
import { CONTROL_WORDS, closeSums } from './sum-tasks.ts'

/** Threads that sum rows beside the one that grows trees. Until they have started, that one does all work. */
export class SumThreads {
  readonly #control: Int32Array
  readonly #workers: Worker[]
  #failure: Error | null = null

  /**
   * @param control address of the control words in the memory
   * @param count number of threads to start
   */
  constructor(memory: SharedMemory, control: number, count: number) {
    this.#control = new Int32Array(memory.buffer, control, CONTROL_WORDS)
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(threadProgram(import.meta.url, 'sum-thread'), {
        workerData: { memory, control },
        execArgv: [],
      })
      worker.once('error', (error) => {
        this.#failure = error
      })
      return worker
    })
  }

  /** Ends the threads. @throws what one of them has thrown */
  async close(): Promise<void> {
    closeSums(this.#control)
    const ended = this.#workers.map(
      (worker) =>
        new Promise<void>((resolve) => (worker.threadId === -1 ? resolve() : worker.once('exit', resolve))),
    )
    await Promise.all(ended)
    if (this.#failure) throw this.#failure
  }
}
