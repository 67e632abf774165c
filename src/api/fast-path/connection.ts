import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { AnswerHead } from './answer-head.ts'
import { HeadReader, type PlainHead } from './plain-head.ts'

/** What follows from a request's head. */
export interface Question {
  /** The model that the address names. */
  model: string | undefined
  /** The client's own id of the request; undefined: each gets a new one. */
  id: string | undefined
  observe(seconds: number): void
}

/** What all visitors share. */
export interface Host {
  head: AnswerHead
  /** Milliseconds until a visitor has to have said something, and between its requests. */
  firstMs: number
  keepAliveMs: number
  /** Milliseconds until a visitor has to have taken something of its answers. */
  idleMs: number
  /** Bytes of a body that others would take. */
  bodyLimit: number
  /** What a head asks; undefined: it is for others. */
  judge(head: PlainHead): Question | undefined
  /** The answer to a body from `start` to `end`; undefined: others have it. */
  answer(model: string | undefined, bytes: Buffer, start: number, end: number): string | undefined
  /** A visitor that has said nothing in time. */
  late(socket: Socket): void
  /** A visitor that has ended in the middle of a request. */
  cutOff(socket: Socket): void
  /** Takes a connection for good, with what is unread in it. */
  others(socket: Socket): void
  left(visitor: Visitor): void
}

const HOLD_MS = 1000
const MOST_PIECES = 8
const MOST_HELD = 65_536
const NOTHING = Buffer.alloc(0)

/** A connection on which only plain requests have come, each of which was answered at once. */
export class Visitor {
  readonly #socket: Socket
  readonly #host: Host
  readonly #heads: HeadReader<Question>
  #answered = false
  /** The beginning of a request whose head is plain, as far as it and its body are there. */
  #held: Buffer = NOTHING
  #pieces = 0
  /** What waits until the client reads its answers. */
  #unread: Buffer = NOTHING
  /** Whether the connection is about to be the others'. */
  #isLeaving = false

  constructor(socket: Socket, host: Host) {
    this.#socket = socket
    this.#host = host
    this.#heads = new HeadReader(host.judge)
    socket.setTimeout(host.firstMs)
    socket.on('timeout', this.#onTimeout)
    socket.on('end', this.#onEnd)
    // Whoever has gone needs no answer; the socket is closed by itself.
    socket.on('error', ignore)
    socket.on('close', this.#onClose)
    socket.on('data', this.#onData)
  }

  /** Ends the connection where no request has begun to come. */
  closeIdle(): void {
    const isIdle = this.#held === NOTHING && this.#unread === NOTHING && !this.#isLeaving
    if (isIdle) this.#socket.destroySoon()
  }

  close(): void {
    this.#socket.destroy()
  }

  readonly #onData = (piece: Buffer): void => {
    this.#answerAll(this.#held === NOTHING ? piece : this.#withHeld(piece))
  }

  #answerAll(bytes: Buffer): void {
    const socket = this.#socket
    let at = 0
    while (at < bytes.length && !socket.writableNeedDrain) {
      const end = this.#answerAt(bytes, at)
      if (end === undefined) break
      at = end
    }
    if (at === bytes.length) return
    const rest = bytes.subarray(at)
    if (socket.writableNeedDrain) this.#waitForReader(rest)
    else if (this.#mayWait(at)) this.#hold(rest)
    else this.#handOver(rest)
  }

  #mayWait(at: number): boolean {
    const { isWaiting, bodyStart, bodyEnd } = this.#heads
    const short = bodyEnd - at <= MOST_HELD && bodyEnd - bodyStart <= this.#host.bodyLimit
    return isWaiting && short && this.#pieces < MOST_PIECES
  }

  /** Who does not read its answers is not sent more of them, and what it asks stays as small as it came. */
  #waitForReader(unread: Buffer): void {
    this.#unread = unread
    this.#socket.setTimeout(this.#host.idleMs)
    this.#socket.pause()
    this.#socket.once('drain', this.#onDrain)
  }

  readonly #onDrain = (): void => {
    const unread = this.#unread
    this.#unread = NOTHING
    this.#socket.setTimeout(this.#host.keepAliveMs)
    this.#answerAll(unread)
    if (this.#unread === NOTHING && !this.#isLeaving) this.#socket.resume()
  }

  #hold(bytes: Buffer): void {
    this.#pieces += 1
    this.#held = bytes
    this.#socket.setTimeout(HOLD_MS)
  }

  #withHeld(piece: Buffer): Buffer {
    const bytes = Buffer.concat([this.#held, piece])
    this.#held = NOTHING
    this.#socket.setTimeout(this.#answered ? this.#host.keepAliveMs : this.#host.firstMs)
    return bytes
  }

  /** Answers the request that begins at `at`. @returns where it ends; undefined: it was not answered */
  #answerAt(bytes: Buffer, at: number): number | undefined {
    const began = performance.now()
    const socket = this.#socket
    const host = this.#host
    const question = this.#heads.read(bytes, at)
    if (question === undefined) return undefined
    const { bodyStart, bodyEnd } = this.#heads
    const json = host.answer(question.model, bytes, bodyStart, bodyEnd)
    if (json === undefined) return undefined
    const length = Buffer.byteLength(json)
    const answer = host.head.of(question.id ?? randomUUID(), length) + json
    socket.write(answer, length === json.length ? 'latin1' : 'utf8')
    if (!this.#answered) {
      this.#answered = true
      socket.setTimeout(host.keepAliveMs)
    }
    this.#pieces = 0
    question.observe((performance.now() - began) / 1000)
    return bodyEnd
  }

  /**
   * Gives the connection away once the stream has done what it does behind each event: it would begin to read again, and
   * a parser that has stopped reading until its answers are taken would break off at what comes then.
   */
  #handOver(unread: Buffer): void {
    const socket = this.#socket
    this.#isLeaving = true
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('timeout', this.#onTimeout)
    socket.setTimeout(0)
    socket.pause()
    socket.unshift(unread)
    setImmediate(() => {
      if (socket.destroyed) return
      socket.off('close', this.#onClose)
      socket.off('error', ignore)
      this.#host.left(this)
      this.#host.others(socket)
      socket.resume()
    })
  }

  readonly #onTimeout = (): void => {
    if (this.#held !== NOTHING) this.#handOver(this.#held)
    else if (this.#answered) this.#socket.destroy()
    else this.#host.late(this.#socket)
  }

  readonly #onEnd = (): void => {
    if (this.#held === NOTHING) this.#socket.end()
    else this.#host.cutOff(this.#socket)
  }

  readonly #onClose = (): void => {
    this.#host.left(this)
  }
}

function ignore(): void {}
