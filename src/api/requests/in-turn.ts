import type { IncomingMessage, RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { whenClosed } from './when-closed.ts'

/** Requests of one connection that wait for their turn, from which on no more of them are read. */
const MANY_WAITING = 64

/**
 * Handles the requests of each connection one after the other, however many a client has sent in advance: Node's server
 * hands over all that it finds in 64 KiB at once, which for 1,600 short ones takes as long as all of them together while
 * everybody else waits. Between two of them others have their turn, and while many wait no more are read, since
 * each takes a hundred times the memory of its bytes.
 */
export function inTurn(handle: RequestListener): RequestListener {
  const lines = new WeakMap<Socket, Line>()
  return (request, response) => {
    const { socket } = request
    let line = lines.get(socket)
    if (!line) {
      line = new Line(socket, handle)
      lines.set(socket, line)
    }
    line.add(request, response)
  }
}

/** Connections of which no more requests are read for now. */
const held = new WeakSet<Duplex>()

/**
 * Returns whether no more requests of a connection are read for now. Node's clock for the arrival of a head goes on
 * meanwhile, and its end says nothing about the client.
 */
export function isHeld(socket: Duplex): boolean {
  return held.has(socket)
}

/** A response as Node's server gives it. */
type Answering = Parameters<RequestListener>[1]

/** The requests of one connection, in their order. */
class Line {
  readonly #socket: Socket
  readonly #handle: RequestListener
  readonly #waiting: [request: IncomingMessage, response: Answering][] = []
  #isBusy = false

  constructor(socket: Socket, handle: RequestListener) {
    this.#socket = socket
    this.#handle = handle
  }

  add(request: IncomingMessage, response: Answering): void {
    if (!this.#isBusy) this.#begin(request, response)
    else {
      this.#waiting.push([request, response])
      if (this.#waiting.length >= MANY_WAITING) this.#hold()
    }
  }

  #begin(request: IncomingMessage, response: Answering): void {
    this.#isBusy = true
    whenClosed(response, this.#onClose)
    this.#handle(request, response)
  }

  readonly #onClose = () => {
    if (this.#waiting.length === 0) this.#isBusy = false
    else setImmediate(this.#next)
  }

  readonly #next = () => {
    const next = this.#waiting.shift()
    if (this.#waiting.length === 0) this.#letGo()
    if (next && !this.#socket.destroyed) this.#begin(...next)
    else this.#isBusy = false
  }

  /** Reads no more. Node resumes a connection after each answer, so that a pause alone would not last. */
  #hold(): void {
    if (held.has(this.#socket)) return
    held.add(this.#socket)
    this.#socket.pause()
    this.#socket.resume = () => this.#socket
  }

  #letGo(): void {
    if (!held.delete(this.#socket)) return
    Reflect.deleteProperty(this.#socket, 'resume')
    this.#socket.resume()
  }
}
