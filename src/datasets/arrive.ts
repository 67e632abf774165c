import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { FitserveError } from '../errors.ts'
import type { ReadOptions } from './contract.ts'
import { type Identified, identify } from './identify.ts'
import type { Readers } from './readers.ts'
import { receive } from './receive.ts'

/** A file that is being sent, and how it is to be read. */
interface Sent {
  body: Readable
  /** True if `Content-Encoding` says gzip. */
  gzip: boolean
  options: ReadOptions
}

/**
 * Receives a file into a scratch folder and finds the table in it.
 * @param maxBytes limit on the file, in bytes after decompression
 * @throws FitserveError `invalid-dataset`, `payload-too-large`
 */
export async function arrive(
  readers: Pick<Readers, 'warm' | 'unpack'>,
  { body, gzip, options }: Sent,
  { folder, maxBytes, signal }: { folder: string; maxBytes: number; signal: AbortSignal | undefined },
): Promise<Identified> {
  const file = join(folder, 'upload')
  readers.warm()
  const received = await receive(body, file, { gzip, maxBytes, signal })
  if (received.bytes === 0) throw new FitserveError('invalid-dataset', 'The file is empty')
  return identify(readers, { file, folder, received, options, maxBytes }, signal)
}
