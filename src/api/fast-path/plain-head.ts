import type { IncomingHttpHeaders } from 'node:http'
import { OF_MODEL } from './prediction-path.ts'

/** Bytes of a head that is looked at; a longer one is not plain. */
const LONGEST = 4096
/** More digits than a body that comes in one piece can have. */
const MOST_DIGITS = 9
const REQUEST_LINE = new RegExp(`^POST (/predict|${OF_MODEL}) HTTP/1\\.1(?=\\r\\n)`)
/** A name of a token's characters, one space or none, and a value that begins and ends visibly, all of it in ASCII. */
const FIELD = /^([\w!#$%&'*+.^`|~-]{1,64}): ?([!-~](?:[ -~]*[!-~])?)$/
const LENGTH = /^[1-9][0-9]*$/
/** What changes where a request ends, or what the connection is for: never read here. */
const FRAMING = ['transfer-encoding', 'trailer', 'te', 'proxy-connection', 'keep-alive', 'http2-settings']
const ZERO = 48
const NINE = 57

/** A request's address and headers, of which none is there twice. */
export interface PlainHead {
  url: string
  headers: IncomingHttpHeaders
}

/**
 * Reads heads of requests that leave no room for a second reading: `POST` to a prediction, HTTP/1.1, fields of visible
 * ASCII, none of them twice, a length, and nothing else that says where the request ends. Whatever is not exactly that
 * is not read here at all, but by Node's parser.
 *
 * A client's heads differ in the length alone, most often, so what follows from the last one is kept. Heads are compared
 * with those of the same connection only, so that the time this takes tells nobody what others have sent.
 */
export class HeadReader<T> {
  /** Of the head that was read: where its body begins and ends. */
  bodyStart = 0
  bodyEnd = 0
  /** Whether what was read last is plain, as far as it is there: only some of its body is not, or of a head like the last. */
  isWaiting = false
  readonly #judge: (head: PlainHead) => T | undefined
  /** The bytes of the last head before and after the digits of its length. */
  #before = Buffer.alloc(0)
  #after = Buffer.alloc(0)
  #kept: T | undefined

  /** @param judge what follows from a head, whatever its length is; undefined: it is not for here */
  constructor(judge: (head: PlainHead) => T | undefined) {
    this.#judge = judge
  }

  /** What follows from the head that begins at `at`, if it is plain and all of it and of its body is there. */
  read(bytes: Buffer, at: number): T | undefined {
    const kept = this.#kept
    const known = kept !== undefined && this.#isLast(bytes, at) ? kept : this.#readAnew(bytes, at)
    this.isWaiting = known === undefined ? this.#begins(bytes, at) : this.bodyEnd > bytes.length
    return this.isWaiting ? undefined : known
  }

  /** Whether the last head begins at `at`, but does not end: a client that sends much at once is cut off anywhere. */
  #begins(bytes: Buffer, at: number): boolean {
    if (this.#kept === undefined) return false
    this.bodyStart = bytes.length
    this.bodyEnd = bytes.length
    let from = at
    for (const code of this.#before) {
      if (from === bytes.length) return true
      if (bytes[from++] !== code) return false
    }
    while (isDigit(bytes[from])) from++
    for (const code of this.#after) {
      if (from === bytes.length) return true
      if (bytes[from++] !== code) return false
    }
    return false
  }

  #isLast(bytes: Buffer, at: number): boolean {
    const before = this.#before
    const after = this.#after
    if (at + before.length + after.length >= bytes.length) return false
    let from = at
    for (let index = 0; index < before.length; index++, from++)
      if (bytes[from] !== before[index]) return false
    const digits = from
    let length = 0
    for (let digit = bytes[from] ?? 0; digit >= ZERO && digit <= NINE; digit = bytes[++from] ?? 0)
      length = length * 10 + digit - ZERO
    if (from === digits || from - digits > MOST_DIGITS || bytes[digits] === ZERO) return false
    for (let index = 0; index < after.length; index++, from++) if (bytes[from] !== after[index]) return false
    this.bodyStart = from
    this.bodyEnd = from + length
    return true
  }

  #readAnew(bytes: Buffer, at: number): T | undefined {
    const end = bytes.subarray(at, at + LONGEST).indexOf('\r\n\r\n')
    const text = end < 0 ? '' : bytes.toString('latin1', at, at + end)
    const head = readHead(text)
    const judged = head && this.#judge(head)
    if (!head || judged === undefined) return undefined
    const length = head.headers['content-length'] ?? ''
    const digits = at + lengthAt(text, length)
    this.bodyStart = at + end + 4
    this.bodyEnd = this.bodyStart + Number(length)
    this.#before = Buffer.from(bytes.subarray(at, digits))
    this.#after = Buffer.from(bytes.subarray(digits + length.length, this.bodyStart))
    this.#kept = judged
    return judged
  }
}

/** The head that a text is, without the empty line at its end; undefined where it is not plain. */
export function readHead(text: string): PlainHead | undefined {
  const url = REQUEST_LINE.exec(text)?.[1]
  if (url === undefined) return undefined
  const headers: IncomingHttpHeaders = Object.create(null)
  const [, ...lines] = text.split('\r\n')
  for (const line of lines) {
    const [, name = '', value] = FIELD.exec(line) ?? []
    const known = name.toLowerCase()
    if (value === undefined || headers[known] !== undefined) return undefined
    headers[known] = value
  }
  for (const name of FRAMING) if (headers[name] !== undefined) return undefined
  const { host, connection = 'keep-alive' } = headers
  const length = headers['content-length'] ?? ''
  const plain = host !== undefined && connection.toLowerCase() === 'keep-alive'
  return plain && LENGTH.test(length) && length.length <= MOST_DIGITS ? { url, headers } : undefined
}

function isDigit(code = 0): boolean {
  return code >= ZERO && code <= NINE
}

/** Where the digits of the one field with the length begin. */
function lengthAt(text: string, length: string): number {
  const name = text.toLowerCase().indexOf('\r\ncontent-length:')
  return text.indexOf(length, name)
}
