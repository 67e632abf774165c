/*
 * Reads and writes the little of tar that archives of versions need: plain files one after the other, as a stream.
 * Format: POSIX.1-2017, pax, section "ustar Interchange Format". Each file is a header block of 512 bytes and its
 * content, filled up with zeros to whole blocks; two blocks of zeros end the archive. The package `tar` codes the
 * headers.
 */
import { Header } from 'tar'
import { FitserveError } from '../errors.ts'

/** Bytes of a block. */
const BLOCK = 512

/** A file of an archive. Its content comes in pieces and must be read before the next file. */
export interface ArchivedFile {
  name: string
  bytes: number
  content: AsyncIterable<Buffer>
}

/** Returns the bytes of an archive, from the sizes of its files in bytes. */
export function archiveBytes(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + BLOCK + size + paddingOf(size), 2 * BLOCK)
}

/** Writes a ustar archive, file after file. @param modified time of every file */
export async function* writeArchive(
  files: AsyncIterable<{ name: string; bytes: Buffer }>,
  modified: Date,
): AsyncGenerator<Buffer> {
  for await (const { name, bytes } of files) {
    const header = new Header({ path: name, mode: 0o644, size: bytes.length, mtime: modified, type: 'File' })
    header.encode()
    yield header.block ?? Buffer.alloc(BLOCK)
    yield bytes
    yield Buffer.alloc(paddingOf(bytes.length))
  }
  yield Buffer.alloc(2 * BLOCK)
}

/**
 * Reads an archive from an untrusted source. It may hold plain files with one of the known names, each once, nothing
 * after its end, and at most `maxBytes` bytes. No name is used as a path.
 * @throws FitserveError `invalid-archive`, `payload-too-large`
 */
export async function* readArchive(
  source: AsyncIterable<Buffer>,
  names: readonly string[],
  maxBytes: number,
): AsyncGenerator<ArchivedFile> {
  const input = new Pieces(source, maxBytes)
  try {
    yield* filesIn(input, names)
  } finally {
    await input.close()
  }
}

async function* filesIn(input: Pieces, names: readonly string[]): AsyncGenerator<ArchivedFile> {
  const seen = new Set<string>()
  for (;;) {
    const block = await input.take(BLOCK)
    if (block.every((byte) => byte === 0)) break
    const { name, bytes } = fileOf(block, names)
    if (seen.has(name)) throw invalidArchive(`${name} is in it twice.`)
    seen.add(name)
    yield { name, bytes, content: input.pieces(bytes) }
    await input.take(paddingOf(bytes))
  }
  await input.onlyZeros()
}

/** Returns the error `invalid-archive`. @param sentence what is wrong */
export function invalidArchive(sentence: string, cause?: unknown): FitserveError {
  return new FitserveError('invalid-archive', `Invalid archive. ${sentence}`, { cause })
}

function fileOf(block: Buffer, names: readonly string[]): { name: string; bytes: number } {
  const header = decoded(block)
  if (!header?.cksumValid) throw invalidArchive('It is not a tar archive, or it is damaged.')
  const name = names.find((each) => header.path === each || header.path === `./${each}`)
  if (name === undefined || (header.type !== 'File' && header.type !== 'OldFile'))
    throw invalidArchive(`It may contain only the files ${names.join(', ')}.`)
  const { size } = header
  if (size === undefined || !Number.isSafeInteger(size) || size < 0)
    throw invalidArchive(`The header of ${name} states no valid size.`)
  return { name, bytes: size }
}

function decoded(block: Buffer): Header | undefined {
  try {
    return new Header(block)
  } catch {
    return undefined
  }
}

function paddingOf(bytes: number): number {
  return (BLOCK - (bytes % BLOCK)) % BLOCK
}

/** A stream from which a given number of bytes can be taken. */
class Pieces {
  readonly #source: AsyncIterator<Buffer>
  readonly #max: number
  #read = 0
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>, max: number) {
    this.#source = source[Symbol.asyncIterator]()
    this.#max = max
  }

  /** Yields the next `bytes` bytes, in pieces. */
  async *pieces(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#more())) throw invalidArchive('It is truncated.')
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }

  /** Returns the next `bytes` bytes. */
  async take(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const piece of this.pieces(bytes)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  /** Reads the rest. @throws FitserveError `invalid-archive` if it has anything but zeros */
  async onlyZeros(): Promise<void> {
    do {
      if (this.#rest.some((byte) => byte !== 0)) throw invalidArchive('There is data after its end.')
    } while (await this.#more())
  }

  /** Ends the iteration over the source, so that others can read the rest of the stream. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next()
    if (done) return false
    this.#rest = value
    this.#read += value.length
    if (this.#read > this.#max)
      throw new FitserveError('payload-too-large', `The archive exceeds the limit of ${this.#max} bytes.`)
    return true
  }
}
