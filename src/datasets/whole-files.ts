import { stat } from 'node:fs/promises'
import { sha256OfFile } from '../store/file-hash.ts'

/** Size and SHA-256 (hex) that a file of a data set must have. */
export interface FileHash {
  bytes: number
  sha256: string
}

/**
 * Returns a function that tells whether a local file has the given size and hash. A process hashes a file when it first uses
 * it, and again if it has changed on disk.
 * @param expected undefined: an earlier release kept the file without its hash, and it is taken as it is
 */
export function wholeFiles(): (file: string, expected: FileHash | undefined) => Promise<boolean> {
  const checked = new Set<string>()
  return async (file, expected) => {
    if (!expected) return true
    const { size, ino, mtimeMs } = await stat(file)
    const mark = `${expected.sha256} ${file} ${size} ${ino} ${mtimeMs}`
    if (checked.has(mark)) return true
    if (size !== expected.bytes || (await sha256OfFile(file)) !== expected.sha256) return false
    checked.add(mark)
    return true
  }
}
