import * as tar from 'tar'

/**
 * Reads the files of a .tar.gz that `wanted` names, in the archive's order, one at a time in memory; nothing
 * of it touches the disk.
 * @param {string} archive
 * @param {(path: string) => boolean} wanted
 * @param {(path: string, content: Buffer) => void} onFile
 */
export async function readTarGz(archive, wanted, onFile) {
  await tar.list({
    file: archive,
    strict: true,
    filter: (path) => wanted(path),
    onReadEntry(entry) {
      if (entry.type !== 'File') return entry.resume()
      const chunks = []
      entry.on('data', (chunk) => chunks.push(chunk))
      entry.on('end', () => onFile(entry.path, Buffer.concat(chunks)))
    },
  })
}
