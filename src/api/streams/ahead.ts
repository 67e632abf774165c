import { Signal } from '../../runtime/signal.ts'

/**
 * Answers ahead of their reader. Many clients send all of their rows before they read a byte, and a service that
 * waits for its reader then waits forever. What all streams hold together is bounded; beyond that each goes on as
 * fast as its client reads.
 */
export class AnswersAhead {
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The same texts as bytes, in order; an error of the source comes after what came before it. */
  async *of(source: AsyncIterable<string>): AsyncGenerator<Buffer> {
    const held: Buffer[] = []
    const answers = new Signal()
    const room = new Signal()
    let state: 'open' | 'ended' | 'left' = 'open'
    let failure: { error: unknown } | undefined

    const fill = async (): Promise<void> => {
      try {
        for await (const text of source) {
          if (state === 'left') return
          const bytes = Buffer.from(text)
          held.push(bytes)
          this.#bytes += bytes.length
          answers.raise()
          while (state === 'open' && held.length > 0 && this.#bytes > this.#maxBytes) await room.wait()
        }
      } catch (error) {
        failure = { error }
      } finally {
        if (state === 'open') state = 'ended'
        answers.raise()
      }
    }

    void fill()
    try {
      for (;;) {
        const next = held.shift()
        if (next) {
          this.#bytes -= next.length
          room.raise()
          yield next
        } else if (state === 'open') await answers.wait()
        else if (failure) throw failure.error
        else return
      }
    } finally {
      state = 'left'
      for (const bytes of held) this.#bytes -= bytes.length
      held.length = 0
      room.raise()
    }
  }
}
