import { statfs } from 'node:fs/promises'

/**
 * Returns the bytes that still fit onto the disk of a folder: 0 where it has no inodes left, without which no file can be made.
 */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize, files, ffree } = await statfs(folder)
  // A file system that makes inodes as it needs them says that it has none.
  return files > 0 && ffree === 0 ? 0 : bavail * bsize
}
