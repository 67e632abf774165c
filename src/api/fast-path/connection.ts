import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { whenClosed } from '../requests/when-closed.ts'
import type { AnswerHead } from './answer-head.ts'
import { HeadReader, type PlainHead } from './plain-head.ts'
import type { Asker } from './row-answers.ts'

/** A request's meaning, as far as its head tells it. */
export interface Question {
  /** Model that the address names; undefined for `/predict`. */
  model: string | undefined
  /** Whom the head authorizes. */
  asker: Asker
  /** The client's own request id; undefined: each request gets a new one. */
  id: string | undefined
}

/** Limits and functions that all connections of a server share. */
export interface ConnectionHost {
  /** Writes the heads of answers. */
  head: AnswerHead
  /** Milliseconds that a new connection may stay silent. */
  firstMs: number
  /** Milliseconds that a connection may stay silent between requests. */
  keepAliveMs: number
  /** Milliseconds after which a client that takes nothing of its answers is dropped. */
  idleMs: number
  /** Limit on a body, in bytes. A larger one is Node's, which refuses it. */
  bodyLimit: number
  /** Returns what a head asks; undefined: the fast path does not answer such requests. */
  classify(head: PlainHead): Question | undefined
  /** Tells whether what a head was found to ask may still be asked. */
  isCurrent(question: Question): boolean
  /** Returns the JSON answer to the body from `start` to `end`; undefined: Node's server has to answer. */
  answer(model: string | undefined, bytes: Buffer, start: number, end: number): string | undefined
  /** Counts the last answer in the metrics. @param seconds that it took */
  count(model: string | undefined, seconds: number): void
  /** Shows a connection to Node's server, which then reads from it. */
  handOver(socket: Socket): void
  /** Called when a new connection sends no request in time. */
  onHeadTimeout(socket: Socket): void
  /** Called when the client ends the connection in the middle of a request. */
  onTruncated(socket: Socket): void
  /** Called when the connection is closed, or is Node's for good. */
  onClose(socket: Socket): void
}

/** Time to wait for the rest of a plain request. Its parts follow each other at once, unless a client is in trouble. */
const HOLD_MS = 1000
/** Limit on the chunks of one request that are joined here: a client that exceeds it sends a few bytes at a time. */
const MAX_CHUNKS = 8
/** Bytes of one request that are joined here, so that connections hold little memory. */
const MAX_HELD_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)

/**
 * Who answers what comes next. `own`: the fast path. `lent`: Node's server has one whole request to answer, after which
 * the connection is the fast path's again. `leaving`: Node's server is about to see the connection for the first time.
 */
type State = 'own' | 'lent' | 'leaving'

/** A client's connection for as long as the fast path may answer on it; see the essay in `front-door.ts`. */
export class Connection {
  readonly #socket: Socket
  readonly #host: ConnectionHost
  readonly #heads: HeadReader<Question>
  #state: State = 'own'
  #answered = false
  /** The beginning of a plain request whose rest has not arrived. */
  #held: Buffer = NOTHING
  #holdTimer: NodeJS.Timeout | undefined
  /** Chunks of the request that is held. */
  #chunks = 0
  /** Requests that wait until the client reads its answers. */
  #unread: Buffer = NOTHING
  /** Node's own listener for this connection's bytes; undefined until Node's server has seen the connection. */
  #parse: ((bytes: Buffer) => void) | undefined
  /** Bytes that are still to come of the body of the request that is lent. */
  #owed = 0
  /** Requests that Node has found in what it was lent: one, if both read it alike. */
  #found = 0

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket
    this.#host = host
    this.#heads = new HeadReader(host.classify, host.isCurrent)
    socket.setTimeout(host.firstMs)
    socket.on('timeout', this.#onTimeout)
    socket.on('end', this.#onEnd)
    // A client that has gone needs no answer; the socket closes itself.
    socket.on('error', ignore)
    socket.on('close', this.#onClose)
    socket.on('data', this.#onData)
  }

  /**
   * Ends the connection if no request has begun to arrive. Node's server does so itself for a connection that it has
   * seen; one that would look idle to it, but is not, is left to it together with its bytes.
   */
  closeIdle(): void {
    if (this.#state !== 'own') return
    const isIdle = this.#held === NOTHING && this.#unread === NOTHING
    if (isIdle && !this.#parse) this.#socket.destroySoon()
    else if (!isIdle && this.#parse) this.#giveAway(this.#takeWaiting())
  }

  /** Closes the connection at once. */
  close(): void {
    this.#socket.destroy()
  }

  /** Takes note that Node's server has found a request on this connection. */
  onNodeRequest(response: ServerResponse): void {
    this.#found += 1
    whenClosed(response, () => this.#takeBack(response))
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#state === 'lent') this.#passOn(chunk)
    else this.#answerAll(this.#held === NOTHING ? chunk : this.#joinHeld(chunk))
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
    else if (this.#mayHold(at)) this.#hold(rest)
    else if (this.#mayLend(bytes.length)) this.#lend(rest, this.#heads.bodyEnd - bytes.length)
    else this.#giveAway(rest)
  }

  #mayHold(at: number): boolean {
    const { isWaiting, bodyStart, bodyEnd } = this.#heads
    const isShort = bodyEnd - at <= MAX_HELD_BYTES && bodyEnd - bodyStart <= this.#host.bodyLimit
    return isWaiting && isShort && this.#chunks < MAX_CHUNKS
  }

  /** @returns whether the bytes end within a request that is framed beyond doubt, or together with it */
  #mayLend(end: number): boolean {
    const { isFramed, bodyStart, bodyEnd } = this.#heads
    return isFramed && bodyEnd >= end && bodyEnd - bodyStart <= this.#host.bodyLimit
  }

  /** A client that does not read its answers is sent no more of them, and its requests stay as small as they came. */
  #waitForReader(unread: Buffer): void {
    this.#unread = unread
    this.#socket.setTimeout(this.#host.idleMs)
    this.#socket.pause()
    this.#socket.once('drain', this.#onDrain)
  }

  readonly #onDrain = (): void => {
    const unread = this.#unread
    if (unread === NOTHING) return
    this.#unread = NOTHING
    this.#socket.setTimeout(this.#host.keepAliveMs)
    this.#answerAll(unread)
    if (this.#unread === NOTHING && this.#state !== 'leaving') this.#socket.resume()
  }

  #hold(bytes: Buffer): void {
    this.#chunks += 1
    this.#held = bytes
    this.#holdTimer = setTimeout(() => this.#giveAway(this.#takeWaiting()), HOLD_MS)
  }

  #joinHeld(chunk: Buffer): Buffer {
    return Buffer.concat([this.#takeWaiting(), chunk])
  }

  /** Returns the bytes that wait here, for the rest of a request or for a reader, and forgets them. */
  #takeWaiting(): Buffer {
    const waiting = this.#held === NOTHING ? this.#unread : this.#held
    this.#held = NOTHING
    this.#unread = NOTHING
    clearTimeout(this.#holdTimer)
    return waiting
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
    this.#chunks = 0
    host.count(question.model, (performance.now() - began) / 1000)
    return bodyEnd
  }

  /**
   * Has Node's server answer one request, whose length is known.
   * @param request from its first byte, as far as it has arrived
   * @param missing bytes of it that are still to come
   */
  #lend(request: Buffer, missing: number): void {
    this.#owed = request.length + missing
    this.#found = 0
    this.#chunks = 0
    if (this.#parse) {
      this.#state = 'lent'
      this.#passOn(request)
    } else this.#introduce(request, () => this.#readForNode())
  }

  /** Reads for Node's parser from now on, in order to see what comes after the request that it was lent. */
  #readForNode(): void {
    const socket = this.#socket
    const [listener, ...others] = socket.listeners('data')
    // Node reads in another way than this file knows: then it keeps the connection.
    if (!listener || others.length > 0) {
      this.#forget()
      return
    }
    this.#parse = (bytes) => Reflect.apply(listener, socket, [bytes])
    this.#state = 'lent'
    socket.removeAllListeners('data')
    // Node's parser stops reading past the stream once anyone else listens for data.
    socket.on('data', this.#onData)
  }

  /** Gives Node's server the bytes of the request that it was lent; with more than these, it keeps the connection. */
  #passOn(chunk: Buffer): void {
    this.#owed -= chunk.length
    if (this.#owed < 0) this.#giveAway(chunk)
    else this.#parse?.(chunk)
  }

  /** Continues the fast path if Node's parser is certainly between two requests and the connection stays open. */
  #takeBack(response: ServerResponse): void {
    const isBetweenRequests = this.#state === 'lent' && this.#owed === 0 && this.#found === 1
    const staysOpen = response.writableFinished && !this.#socket.writableEnded && !this.#socket.destroyed
    if (isBetweenRequests && staysOpen && response.req.complete) this.#state = 'own'
  }

  /** Leaves the connection to Node's server for good. @param unread bytes that it has to read first */
  #giveAway(unread: Buffer): void {
    const parse = this.#parse
    if (parse) {
      this.#forget()
      this.#socket.off('data', this.#onData).on('data', parse).resume()
      parse(unread)
    } else this.#introduce(unread, () => this.#forget())
  }

  #forget(): void {
    const socket = this.#socket
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    this.#host.onClose(socket)
  }

  /**
   * Shows the connection to Node's server once the stream has done what it does behind each event: it would begin to
   * read again, and a parser that has stopped reading until its answers are taken would break off at what comes then.
   * @param unread bytes that the server has to read first
   * @param then called when the server has seen the connection, and before it reads
   */
  #introduce(unread: Buffer, then: () => void): void {
    const socket = this.#socket
    this.#state = 'leaving'
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('timeout', this.#onTimeout)
    socket.setTimeout(0)
    socket.pause()
    socket.unshift(unread)
    setImmediate(() => {
      if (socket.destroyed) return
      socket.off('error', ignore)
      socket.on('end', this.#onEnd)
      this.#host.handOver(socket)
      then()
      socket.resume()
    })
  }

  readonly #onTimeout = (): void => {
    if (this.#held !== NOTHING) this.#giveAway(this.#takeWaiting())
    else if (this.#answered) this.#socket.destroy()
    else this.#host.onHeadTimeout(this.#socket)
  }

  readonly #onEnd = (): void => {
    const held = this.#takeWaiting()
    if (this.#parse) {
      if (held !== NOTHING) this.#giveAway(held)
    } else if (held === NOTHING) this.#socket.end()
    else this.#host.onTruncated(this.#socket)
  }

  readonly #onClose = (): void => {
    clearTimeout(this.#holdTimer)
    this.#host.onClose(this.#socket)
  }
}

function ignore(): void {}
