import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** Bytes that are read at once, always into the same memory: new memory for each piece would have to be collected. */
const CHUNK = 2 ** 20

/** Returns the SHA-256 of a local file's content, in hexadecimal digits. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path)
  try {
    const bytes = Buffer.allocUnsafeSlow(CHUNK)
    for (;;) {
      const { bytesRead } = await file.read(bytes, 0, CHUNK)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(bytes.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
