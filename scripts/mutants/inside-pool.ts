import { answerTask } from '../../src/datasets/reader/serve.ts'
import { type AskOptions, type HelperPoolOptions, HelperPool as Pool } from '../../src/runtime/helper-pool.ts'

export { type AskOptions, HelperTimedOut, ownProgram } from '../../src/runtime/helper-pool.ts'

/** A pool that reads data sets in this thread, one after the other; other programs are processes, as usual. */
export class HelperPool extends Pool {
  readonly #isReader: boolean
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: HelperPoolOptions) {
    super(options)
    this.#isReader = /\/programs\/read-dataset\.\w+$/.test(options.program)
  }

  override warm(): void {
    if (!this.#isReader) super.warm()
  }

  override async ask(message: object | (() => Promise<object>), options: AskOptions = {}): Promise<unknown> {
    if (!this.#isReader) return super.ask(message, options)
    const reply = this.#last.then(async () => {
      options.signal?.throwIfAborted()
      return answerTask(typeof message === 'function' ? await message() : message)
    })
    this.#last = reply.catch(() => undefined)
    // As a message between processes would be.
    return JSON.parse(JSON.stringify(await reply))
  }
}
