import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { PassThrough, pipeline, type Readable } from 'node:stream'
import { pipeline as pipelineDone } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { FitserveError } from '../errors.ts'

/** Bytes that are decompressed at once; Node's 16 KiB cost a third more time. */
const CHUNK = 128 * 1024
const GZIP = Buffer.from([0x1f, 0x8b])

export interface Received {
  /** Of the decompressed bytes, in hex. */
  sha256: string
  bytes: number
}

/**
 * Streams an upload into a file, decompressing it where that is said (`gzip`), and again where it then begins
 * like a gzip file. The body itself is never destroyed: after a refusal nobody reads it on, and whoever opened
 * it can still answer before dropping it.
 * @throws FitserveError `payload-too-large` as soon as the limit is passed, `invalid-dataset` for broken gzip,
 *   `invalid-request` where the client went away; the signal's reason
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
      bytes += chunk.length
      hash.update(chunk)
      yield chunk
    }
  }
  try {
    let stream: Readable = detached.stream
    if (options.gzip) stream = gunzip(stream, maxBytes)
    if (await beginsLikeGzip(stream)) stream = gunzip(stream, maxBytes)
    await pipelineDone(stream, measured, createWriteStream(path))
  } catch (error) {
    signal?.throwIfAborted()
    throw understood(error)
  } finally {
    signal?.removeEventListener('abort', abort)
    detached.release()
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** A stream of the body's bytes whose end, early or not, leaves the body as it is. */
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
    // An error that comes later has nobody else to hear it, and must not end the process.
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
  // Compressed in itself, a small upload could keep a processor busy for hours and come out as nothing.
  const limit = (chunks: AsyncIterable<Buffer>) => within(chunks, maxBytes)
  pipeline(source, createGunzip({ chunkSize: CHUNK }), limit, output, () => {})
  return output
}

async function* within(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > maxBytes) {
      throw new FitserveError('payload-too-large', `The upload is larger than the limit of ${maxBytes} bytes`)
    }
    yield chunk
  }
}

/** Looks at the first two bytes without taking them. */
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
    // Who reads a body out of a form knows what is wrong with it.
    if (error.cause instanceof FitserveError) return error.cause
    return new FitserveError('invalid-request', 'The upload broke off before its end', { cause: error })
  }
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (/^Z_/.test(code)) {
    return new FitserveError('invalid-dataset', 'The gzip data is broken or cut off', { cause: error })
  }
  if (/^(ENOSPC|EDQUOT|EIO|EROFS|EACCES)$/.test(code)) {
    return new FitserveError('store-unavailable', 'There is no room to keep the upload', { cause: error })
  }
  return error
}
