import { randomUUID } from 'node:crypto'
import { link, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBInstance } from '@duckdb/node-api'
import { FitserveError } from '../../errors.ts'

const NAME = 'owner.lock'
/** The system's lock does not tell one part of a process from another, and a second opening would end it. */
const held = new Map<string, DuckDBInstance | 'opening'>()

/**
 * Makes this process the only one in a folder until it lets go or ends, however it ends. Node itself has no
 * file locks, so a small DuckDB file is opened: it takes the operating system's lock, which holds across
 * containers and machines that share the folder, and which no SIGKILL can leave behind.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const place = await realpath(folder)
  if (held.has(place)) throw inUse(process.pid)
  held.set(place, 'opening')
  try {
    const instance = await openLockFile(place)
    held.set(place, instance)
    return () => {
      if (held.get(place) !== instance) return
      held.delete(place)
      instance.closeSync()
    }
  } catch (error) {
    held.delete(place)
    throw error
  }
}

async function openLockFile(place: string): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const settings = { threads: '1', memory_limit: '16MB' }
  const path = join(place, NAME)
  // The file is made elsewhere and then named, so that a process killed meanwhile leaves no half of it.
  const draft = join(place, `${NAME}-${randomUUID()}`)
  const made = await DuckDBInstance.create(draft, settings)
  made.closeSync()
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft, { force: true })
  try {
    return await DuckDBInstance.create(path, settings)
  } catch (error) {
    const said = error instanceof Error ? error.message : ''
    if (!/lock/i.test(said)) throw error
    throw inUse(Number(/PID (\d+)/.exec(said)?.[1] ?? 0), error)
  }
}

function inUse(pid: number, cause?: unknown): FitserveError {
  const who = pid > 0 ? `by the process ${pid}` : 'by another process'
  return new FitserveError(
    'queue-unavailable',
    `The embedded queue in DATA_DIR is in use ${who}. ` +
      'Stop it, or set another DATA_DIR, or share a queue by REDIS_URL.',
    { cause },
  )
}
