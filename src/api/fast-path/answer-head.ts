import { JSON_ANSWER } from './single-row.ts'

const SECOND_MS = 1000

/** Writes what Node's own server writes before the body of an answer, on a connection that stays open. */
export class AnswerHead {
  readonly #end: string
  #second = 0
  #date = ''

  /** @param keepAliveMs how long an idle connection stays, as Node tells the client */
  constructor(keepAliveMs: number) {
    this.#end = `\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / SECOND_MS)}\r\n\r\n`
  }

  /** Returns the head of an answer. @param bytes length of the body */
  of(requestId: string, bytes: number): string {
    const second = Math.floor(Date.now() / SECOND_MS)
    if (second !== this.#second) {
      this.#second = second
      this.#date = new Date(second * SECOND_MS).toUTCString()
    }
    return `HTTP/1.1 200 OK\r\nx-request-id: ${requestId}\r\ncontent-type: ${JSON_ANSWER}\r\ncontent-length: ${bytes}\r\nDate: ${this.#date}${this.#end}`
  }
}
