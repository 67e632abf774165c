import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { startProgress } from '../setup/progress.mjs'

/**
 * Fetches a file and checks its hash. After a broken connection the next call continues where it ended, if the
 * server supports that. A file with another hash is removed and refused.
 * @param {{ url: string, sha256: string }} source
 * @param {string} target
 * @param {{ quiet?: boolean }} options
 */
export async function download({ url, sha256 }, target, { quiet }) {
  if ((await sizeOf(target)) > 0) return
  const part = `${target}.part`
  await mkdir(dirname(target), { recursive: true })
  const progress = startProgress(`Downloading ${url}`, { quiet })
  try {
    await fetchInto(part, url, (done, total) => progress.update(done, total))
  } catch (error) {
    progress.end('failed')
    throw new Error(
      `${url} could not be downloaded (${error.cause?.message ?? error.message}).\n` +
        `  Check the network connection and try again: it goes on where it stopped.\n` +
        `  Or put the file there yourself: ${target}`,
    )
  }
  const found = await hashOf(part)
  if (found !== sha256) {
    progress.end('refused')
    await rm(part, { force: true })
    throw new Error(
      `${url} is not the file it should be: its SHA-256 is ${found}, not ${sha256}.\n` +
        '  It was removed. Try again; if it stays so, it was changed at its source or on the way.',
    )
  }
  await rename(part, target)
  progress.end()
}

async function fetchInto(part, url, onProgress) {
  const start = await sizeOf(part)
  const response = await fetch(url, { headers: start > 0 ? { range: `bytes=${start}-` } : {} })
  // Nothing is left to fetch; the hash check decides whether the file is right.
  if (response.status === 416) return
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  const continued = response.status === 206
  const length = Number(response.headers.get('content-length')) || undefined
  let done = continued ? start : 0
  const total = length && done + length
  const count = async function* (chunks) {
    for await (const chunk of chunks) {
      done += chunk.length
      onProgress(done, total)
      yield chunk
    }
  }
  await pipeline(
    Readable.fromWeb(response.body),
    count,
    createWriteStream(part, { flags: continued ? 'a' : 'w' }),
  )
  if (total && done !== total) throw new Error('the connection ended early')
}

async function hashOf(file) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

const sizeOf = async (file) => (await stat(file).catch(() => undefined))?.size ?? 0
