import { createHash } from 'node:crypto'
import { PassThrough, pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FitserveError } from '../errors.ts'
import { letHeapGrowBy } from '../runtime/heap-growth.ts'
import { streamToFile } from '../runtime/stream-to-file.ts'

/** Bytes that are decompressed at once. Node's default of 16 KiB takes a third longer. */
const CHUNK = 128 * 1024
/** Bytes from which on an upload is large. */
const LARGE = 16 * 2 ** 20
/** Memory that the buffers of large uploads may take before they are collected, in bytes. */
const HEAP_BYTES = 64 * 2 ** 20
/** The first bytes of a gzip file (RFC 1952). */
const GZIP = Buffer.from([0x1f, 0x8b])

/** An upload that has arrived. */
export interface Received {
  /** SHA-256 of the decompressed bytes, in hex. */
  sha256: string
  /** Number of decompressed bytes. */
  bytes: number
}

/**
 * Streams an upload into a file. Decompresses it if `gzip` says so, and once more if the result begins like a gzip
 * file. The body itself is never destroyed: after a refusal its owner can still answer before dropping it.
 * @param path of the file to write
 * @param options.gzip true if the body's encoding is gzip
 * @param options.maxBytes limit on the bytes at each stage, compressed or not
 * @throws FitserveError `payload-too-large` as soon as the limit is exceeded, `invalid-dataset` for damaged gzip,
 *   `invalid-request` if the client went away, `store-unavailable` if the disk is full; the signal's reason
 */
export async function receive(
  body: Readable,
  path: string,
  options: { gzip: boolean; maxBytes: number; signal?: AbortSignal | undefined },
): Promise<Received> {
  const { maxBytes, signal } = options
  signal?.throwIfAborted()
  const detached = detach(body)
  const abort = () => detached.stream.destroy(signal?.reason)
  signal?.addEventListener('abort', abort)
  const hash = createHash('sha256')
  let bytes = 0
  async function* measured(source: AsyncIterable<Buffer>) {
    for await (const chunk of within(source, maxBytes)) {
      if (bytes < LARGE && bytes + chunk.length >= LARGE) letHeapGrowBy(HEAP_BYTES)
      bytes += chunk.length
      hash.update(chunk)
      yield chunk
    }
  }
  try {
    let stream: Readable = detached.stream
    if (options.gzip) stream = gunzip(stream, maxBytes)
    if (await beginsLikeGzip(stream)) stream = gunzip(stream, maxBytes)
    await streamToFile(path, measured(stream))
  } catch (error) {
    signal?.throwIfAborted()
    throw understood(error)
  } finally {
    signal?.removeEventListener('abort', abort)
    detached.release()
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** Returns a stream of the body's bytes. Destroying it leaves the body as it is. */
function detach(body: Readable): { stream: Readable; release: () => void } {
  const stream = new PassThrough()
  const gone = () => {
    if (!body.readableEnded) stream.destroy(new BodyBrokenOff(body.errored))
  }
  stream.on('error', () => {})
  body.on('error', gone).on('close', gone).on('aborted', gone)
  if (body.destroyed) gone()
  else body.pipe(stream)
  const release = () => {
    body.unpipe(stream)
    body.off('close', gone).off('aborted', gone)
    // A later error has no other listener, and must not end the process.
    body.off('error', gone).on('error', () => {})
    stream.destroy()
  }
  return { stream, release }
}

class BodyBrokenOff extends Error {
  constructor(cause: unknown) {
    super('The body broke off', { cause })
  }
}

function gunzip(source: Readable, maxBytes: number): Readable {
  const output = new PassThrough()
  output.on('error', () => {})
  // Limited here too: a small upload that is compressed twice could keep a processor busy for hours and end up small.
  const limit = (chunks: AsyncIterable<Buffer>) => within(chunks, maxBytes)
  pipeline(source, createGunzip({ chunkSize: CHUNK }), limit, output, () => {})
  return output
}

async function* within(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > maxBytes) {
      throw new FitserveError('payload-too-large', `The upload exceeds the limit of ${maxBytes} bytes`)
    }
    yield chunk
  }
}

/** Returns whether the stream begins like a gzip file. The bytes stay in the stream. */
async function beginsLikeGzip(stream: Readable): Promise<boolean> {
  const head: Buffer[] = []
  let length = 0
  while (length < GZIP.length) {
    const chunk: Buffer | null = stream.read()
    if (chunk !== null) {
      head.push(chunk)
      length += chunk.length
    } else if (!(await more(stream))) {
      break
    }
  }
  const start = Buffer.concat(head)
  if (start.length > 0) stream.unshift(start)
  return start.subarray(0, GZIP.length).equals(GZIP)
}

function more(stream: Readable): Promise<boolean> {
  if (stream.errored !== null) return Promise.reject(stream.errored)
  if (stream.readableEnded) return Promise.resolve(false)
  return new Promise((resolve, reject) => {
    const settle = (how: () => void) => {
      stream.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onEnd)
      how()
    }
    const onReadable = () => settle(() => resolve(true))
    const onEnd = () => settle(() => resolve(false))
    const onError = (error: Error) => settle(() => reject(error))
    stream.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onEnd)
  })
}

function understood(error: unknown): unknown {
  if (error instanceof FitserveError || !(error instanceof Error)) return error
  if (error instanceof BodyBrokenOff) {
    // The reader of a multipart form has said already what is wrong with it.
    if (error.cause instanceof FitserveError) return error.cause
    return new FitserveError('invalid-request', 'The upload ended before it was complete', { cause: error })
  }
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (/^Z_/.test(code)) {
    return new FitserveError('invalid-dataset', 'The gzip data is damaged or incomplete', { cause: error })
  }
  if (/^(ENOSPC|EDQUOT|EIO|EROFS|EACCES)$/.test(code)) {
    return new FitserveError('store-unavailable', 'There is no space left to keep the upload', {
      cause: error,
    })
  }
  return error
}
