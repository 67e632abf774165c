import { FitserveError } from '../../errors.ts'

/** Bytes of each body that count as small: bodies of this size have memory that large ones cannot take from them. */
const SMALL_BYTES = 64 * 1024
/** Limit on the first bytes of all bodies together: a thousand bodies of the size above. */
const MAX_SMALL_BYTES = 64 * 2 ** 20
/** Large bodies of the full size that are held at once. */
const LARGE_BODIES = 8
/** Least limit on the large bodies together, in bytes. */
const MIN_LARGE_BYTES = 16 * 2 ** 20
/** Size of the first buffer into which small parts are copied, in bytes. Each further one is twice as large. */
const FIRST_PAGE_BYTES = 4 * 1024
const MAX_PAGE_BYTES = 256 * 1024

/**
 * Bounds the memory of all bodies that are arriving or being answered, in bytes: a limit for each body alone would let
 * a thousand connections hold a thousand times as much.
 */
export class BodyMemory {
  readonly #maxLarge: number
  #small = 0
  #large = 0

  /** @param bodyLimit limit on one body, in bytes */
  constructor(bodyLimit: number) {
    this.#maxLarge = Math.max(MIN_LARGE_BYTES, LARGE_BODIES * bodyLimit)
  }

  /** Begins to hold one body, or one line of a stream. */
  hold(): HeldBytes {
    return new HeldBytes(this)
  }

  /** Counts bytes behind the first `held` bytes of a body. Returns false, and counts nothing, beyond the limit. */
  grow(held: number, bytes: number): boolean {
    const small = smallOf(held + bytes) - smallOf(held)
    const large = bytes - small
    if (this.#small + small > MAX_SMALL_BYTES || (large > 0 && this.#large + large > this.#maxLarge))
      return false
    this.#small += small
    this.#large += large
    return true
  }

  /** Takes all bytes of a body out of the count. */
  shrink(held: number): void {
    this.#small -= smallOf(held)
    this.#large -= held - smallOf(held)
  }
}

function smallOf(bytes: number): number {
  return Math.min(bytes, SMALL_BYTES)
}

/**
 * The bytes of one body that have arrived, in few buffers, however small its parts are: each part as an object of its
 * own takes some 380 bytes beside its content.
 */
export class HeldBytes {
  readonly #memory: BodyMemory
  #full: Buffer[] = []
  #page: Buffer | undefined
  #used = 0
  #counted = 0

  constructor(memory: BodyMemory) {
    this.#memory = memory
  }

  /** Adds a part. Returns false, and does not keep it, where all bodies together exceed their limit. */
  add(part: Buffer): boolean {
    if (!this.#memory.grow(this.#counted, part.length)) return false
    const isFirst = this.#counted === 0
    this.#counted += part.length
    // The usual body has one part.
    if (isFirst) this.#full.push(part)
    else this.#copy(part)
    return true
  }

  /** Returns all bytes as one buffer. They count until `release`. */
  join(): Buffer {
    const [first] = this.#full
    if (first && this.#full.length === 1 && !this.#page) return first
    if (this.#page) this.#full.push(this.#page.subarray(0, this.#used))
    this.#page = undefined
    return Buffer.concat(this.#full)
  }

  /** Releases all bytes. Others may be added afterwards. */
  release(): void {
    this.#memory.shrink(this.#counted)
    this.#counted = 0
    this.#full = []
    this.#page = undefined
  }

  #copy(part: Buffer): void {
    for (let rest = part; rest.length > 0; ) {
      const page = this.#page ?? this.#newPage()
      const taken = rest.copy(page, this.#used)
      this.#used += taken
      rest = rest.subarray(taken)
      if (this.#used < page.length) continue
      this.#full.push(page)
      this.#page = undefined
    }
  }

  #newPage(): Buffer {
    const last = this.#full.at(-1)?.length ?? 0
    this.#page = Buffer.allocUnsafeSlow(Math.min(MAX_PAGE_BYTES, Math.max(FIRST_PAGE_BYTES, 2 * last)))
    this.#used = 0
    return this.#page
  }
}

/** Returns the error about bodies that exceed their memory together. */
export function tooManyBodies(): FitserveError {
  return new FitserveError(
    'overloaded',
    'Too many large bodies are arriving at once. Try again in a moment, or send smaller bodies.',
  )
}
