import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Writes bytes to a file as they come. The file is there before the first byte is asked for, so that nothing appears in its
 * folder any more once this has failed: Node's `createWriteStream` may still make it then, while the folder is being deleted.
 * @param source its stream is destroyed when this fails
 * @param options.flags as of `open`. Default: `w`, which begins the file anew
 * @param options.signal ends the writing
 */
export async function streamToFile(
  path: string,
  source: AsyncIterable<Uint8Array | string>,
  { flags = 'w', signal }: { flags?: string; signal?: AbortSignal } = {},
): Promise<void> {
  const file = await open(path, flags).catch((error: unknown) => {
    if (source instanceof Readable) source.destroy()
    throw error
  })
  await pipeline(source, file.createWriteStream(), { signal })
}
