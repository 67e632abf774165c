import type { IncomingHttpHeaders } from 'node:http'

/** Limit on a head that is looked at, in bytes: real ones have some hundred. A longer one is not plain. */
const MAX_HEAD_BYTES = 4096
/** Digits of the largest length that is looked at: more than a body in memory can have, and an exact number. */
const MAX_LENGTH_DIGITS = 9
/** A method whose requests are framed by their headers alone, and a path of visible ASCII (RFC 9112, section 3). */
const REQUEST_LINE = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[!-~]*) HTTP\/1\.1(?=\r\n|$)/
/**
 * A field name of token characters, one space or none, and a value that begins and ends visibly, all of it in ASCII.
 */
const FIELD = /^([\w!#$%&'*+.^`|~-]{1,64}): ?([!-~](?:[ -~]*[!-~])?)$/
const LENGTH = /^(?:0|[1-9][0-9]*)$/
/** Headers that may change where a request ends, or what the connection is for (RFC 9110, section 7.6.1). */
const FRAMING = [
  'transfer-encoding',
  'trailer',
  'te',
  'expect',
  'upgrade',
  'proxy-connection',
  'keep-alive',
  'http2-settings',
]
const ZERO = 48
const NINE = 57

/** A request's first line and headers, none of which occurs twice. */
export interface PlainHead {
  method: string
  url: string
  headers: IncomingHttpHeaders
}

/**
 * Reads request heads that cannot be read in two ways, and finds where their bodies end. Anything else is left to
 * Node's parser: a head that this class does not read has no end here.
 *
 * Most heads of a client differ in their content length alone, so the last head and what followed from it are kept.
 * Heads are compared with those of the same connection only: the time this takes tells nothing about other clients.
 */
export class HeadReader<T> {
  /** Index of the first byte of the body behind the head that was read last. */
  bodyStart = 0
  /** Index behind the last byte of that body. */
  bodyEnd = 0
  /** The last request's `bodyStart` and `bodyEnd` are certain, even if its body has not arrived. */
  isFramed = false
  /** The last request is one to be answered, but a part of its body, or of a head like the last one, is missing. */
  isWaiting = false
  readonly #classify: (head: PlainHead) => T | undefined
  readonly #isCurrent: (asked: T) => boolean
  /** Bytes of the last classified head before the digits of its content length. */
  #before = Buffer.alloc(0)
  /** Its bytes behind these digits, with the empty line. */
  #after = Buffer.alloc(0)
  #kept: T | undefined

  /**
   * @param classify says what a head asks, whatever its content length is; undefined: it is not to be answered here
   * @param isCurrent tells whether what a head asked is still what it asks. Default: it always is
   */
  constructor(classify: (head: PlainHead) => T | undefined, isCurrent: (asked: T) => boolean = () => true) {
    this.#classify = classify
    this.#isCurrent = isCurrent
  }

  /** Returns what the head at `at` asks, if `classify` takes it and all of its body is there. */
  read(bytes: Buffer, at: number): T | undefined {
    if (this.#kept !== undefined && !this.#isCurrent(this.#kept)) this.#kept = undefined
    const kept = this.#kept
    this.isFramed = kept !== undefined && this.#isLast(bytes, at)
    const question = this.isFramed ? kept : this.#readAnew(bytes, at)
    if (question === undefined) this.isWaiting = !this.isFramed && this.#beginsLast(bytes, at)
    else this.isWaiting = this.bodyEnd > bytes.length
    return this.isWaiting ? undefined : question
  }

  /** @returns whether the bytes end within a head like the last one: a client that sends much is cut off anywhere */
  #beginsLast(bytes: Buffer, at: number): boolean {
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

  /** @returns whether the last head begins at `at`, with any length; then the body's place is known */
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
    if (from === digits || from - digits > MAX_LENGTH_DIGITS || bytes[digits] === ZERO) return false
    for (let index = 0; index < after.length; index++, from++) if (bytes[from] !== after[index]) return false
    this.bodyStart = from
    this.bodyEnd = from + length
    return true
  }

  #readAnew(bytes: Buffer, at: number): T | undefined {
    const end = bytes.subarray(at, at + MAX_HEAD_BYTES).indexOf('\r\n\r\n')
    const text = end < 0 ? '' : bytes.toString('latin1', at, at + end)
    const head = readHead(text)
    if (!head) return undefined
    const length = head.headers['content-length'] ?? ''
    this.isFramed = true
    this.bodyStart = at + end + 4
    this.bodyEnd = this.bodyStart + Number(length)
    const question = this.#classify(head)
    if (question === undefined) return undefined
    const digits = at + lengthAt(text, length)
    this.#before = Buffer.from(bytes.subarray(at, digits))
    this.#after = Buffer.from(bytes.subarray(digits + length.length, this.bodyStart))
    this.#kept = question
    return question
  }
}

/** Reads a head without the empty line at its end; undefined where it is not plain. */
export function readHead(text: string): PlainHead | undefined {
  const [, method, url] = REQUEST_LINE.exec(text) ?? []
  if (method === undefined || url === undefined) return undefined
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
  // Without a length a request has no body (RFC 9112, section 6.3).
  const length = headers['content-length'] ?? '0'
  const isPlain = host !== undefined && connection.toLowerCase() === 'keep-alive'
  return isPlain && LENGTH.test(length) && length.length <= MAX_LENGTH_DIGITS
    ? { method, url, headers }
    : undefined
}

function isDigit(code = 0): boolean {
  return code >= ZERO && code <= NINE
}

/** Returns where the digits of the one content length begin. */
function lengthAt(text: string, length: string): number {
  const name = text.toLowerCase().indexOf('\r\ncontent-length:')
  return text.indexOf(length, name)
}
