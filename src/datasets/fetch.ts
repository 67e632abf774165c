import { Readable } from 'node:stream'
import { FitserveError } from '../errors.ts'
import type { Datasets } from './contract.ts'
import { formatOfName } from './file-kinds.ts'
import { withFormat } from './read-options.ts'
import { openSource, type Sources } from './sources/open.ts'

/** Milliseconds in which a file must have come. */
const LIMIT_MS = 15 * 60_000

/**
 * Returns the function that makes a data set of a file that this service fetches: the file takes the way of an upload.
 * @param limitMs milliseconds in which the file must have come; tests wait less
 */
export function createFetch(
  sources: Sources,
  upload: Datasets['upload'],
  limitMs = LIMIT_MS,
): Datasets['fetch'] {
  return async ({ name, url, options, signal }) => {
    const limit = new AbortController()
    const timer = setTimeout(() => {
      const message = `The file did not come within the limit of ${Math.ceil(limitMs / 60_000)} minutes`
      limit.abort(new FitserveError('source-unavailable', message))
    }, limitMs)
    const both = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal
    try {
      const { body, gzip, name: path } = await openSource(url, sources, both)
      try {
        const format = options.format ?? formatOfName(path)
        const known = format === undefined ? options : withFormat(options, format)
        const whole = Readable.from(unbroken(body), { objectMode: false })
        return await upload({ name, body: whole, gzip, options: known, signal: both })
      } finally {
        body.destroy()
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Passes the bytes of a source on. Fails in our own words where the source breaks off. */
async function* unbroken(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>
  } catch (cause) {
    if (cause instanceof FitserveError) throw cause
    throw new FitserveError('source-unavailable', 'The source broke off before the file was complete', {
      cause,
    })
  }
}
