import { Signal } from '../../runtime/signal.ts'

/**
 * Buffers answers of streams ahead of their readers. Many clients send all of their rows before they read a byte; a
 * service that stopped until they read would wait forever. The buffers of all streams together are limited to
 * `maxBytes`; beyond that, each stream continues as fast as its client reads.
 */
export class AnswerBuffer {
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Yields the texts of the source as bytes, in order. An error of the source is thrown after the texts before it. */
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
