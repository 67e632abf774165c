import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { FitserveError } from '../../errors.ts'

/** Files of an archive; a spreadsheet has some dozens. */
const MAX_ENTRIES = 10_000
/** Characters of a file's name. */
const MAX_NAME = 1_000

/** How yauzl's messages about names begin. */
const UNSAFE_NAME = /^(absolute path|invalid relative path|invalid characters in fileName): /

/** An open zip archive. Its files are read one at a time, in any order. */
export interface Zip {
  /** Names of the files in the order of the archive's directory, without folders. */
  names: readonly string[]
  /**
   * Yields the bytes of a file. @throws FitserveError `payload-too-large` if they are more than `maxBytes`,
   * `invalid-dataset` if the archive is damaged, encrypted, or compressed by another method than Deflate
   */
  read(name: string, maxBytes: number): AsyncGenerator<Buffer>
  close(): void
}

/** Opens a zip archive by its directory. Nothing is unpacked yet. @throws FitserveError `invalid-dataset` */
export async function openZip(path: string): Promise<Zip> {
  const file = await understood(() => openPromise(path, { autoClose: false }))
  try {
    const entries = await understood(() => directoryOf(file))
    return {
      names: [...entries.keys()],
      read: (name, maxBytes) => contentOf(file, entries.get(name), maxBytes),
      close: () => file.close(),
    }
  } catch (error) {
    file.close()
    throw error
  }
}

async function directoryOf(file: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  for await (const entry of named(file.eachEntry())) {
    if (entry.fileName.endsWith('/')) continue
    if (entry.fileName.length > MAX_NAME || entries.size === MAX_ENTRIES) {
      const limits = `${MAX_ENTRIES.toLocaleString('en')} files with names of ${MAX_NAME.toLocaleString('en')} characters`
      throw new FitserveError('invalid-dataset', `The zip archive exceeds the limits of ${limits}`)
    }
    // Of files with the same name the last counts, as where they are unpacked one after the other.
    entries.set(entry.fileName, entry)
  }
  return entries
}

/** Yields entries, and refuses a name by which other programs would write outside of their folder. */
async function* named(entries: AsyncIterable<Entry>): AsyncGenerator<Entry> {
  try {
    yield* entries
  } catch (error) {
    if (!(error instanceof Error) || !UNSAFE_NAME.test(error.message)) throw error
    const message =
      'The zip archive has a file whose name leads out of the archive, such as "../a.csv" or "/a.csv". Pack it again from the folder that has the file.'
    throw new FitserveError('invalid-dataset', message, { cause: error })
  }
}

async function* contentOf(file: ZipFile, entry: Entry | undefined, maxBytes: number): AsyncGenerator<Buffer> {
  if (entry === undefined) throw damaged()
  if (entry.isEncrypted())
    throw new FitserveError('invalid-dataset', 'The zip archive is encrypted. Save it without a password.')
  if (!entry.canDecodeFileData())
    throw new FitserveError(
      'invalid-dataset',
      'The zip archive is compressed by a method that is not supported. Pack it by Deflate, as zip does.',
    )
  // The size in the directory is checked while the file is unpacked.
  if (entry.uncompressedSize > maxBytes) throw tooLarge(maxBytes)
  const stream = await understood(() => file.openReadStreamPromise(entry))
  try {
    let bytes = 0
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      yield chunk
    }
  } catch (error) {
    throw error instanceof FitserveError ? error : damaged(error)
  } finally {
    stream.destroy()
  }
}

function tooLarge(maxBytes: number): FitserveError {
  return new FitserveError(
    'payload-too-large',
    `The file in the zip archive exceeds the limit of ${maxBytes} bytes`,
  )
}

async function understood<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw error instanceof FitserveError ? error : damaged(error)
  }
}

function damaged(cause?: unknown): FitserveError {
  return new FitserveError('invalid-dataset', 'The zip archive is damaged or incomplete', { cause })
}
