import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { access, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { DEFAULT_SCHEMA, quoteSchemaName, runMigrations } from 'bullmq'
import { findTrouble } from './embedded-trouble.ts'
import { LIFELINE } from './lifeline.ts'
import { createPglitePool } from './pglite-pool.ts'

/** Folder of the database, within that of the queue. */
export const DATABASE = 'database'
/** Prefix of a database that is being made. */
const DRAFT = 'new-'
/** Folder of the last database that could not be opened, kept for people. */
const DAMAGED = 'damaged'
/** Settings for a small queue: PostgreSQL would take 160 MB of buffers, and a long log is slow to replay. */
const PARAMETERS = [
  'shared_buffers=8MB',
  'max_connections=4',
  'max_wal_size=64MB',
  'min_wal_size=32MB',
].flatMap((setting) => ['-c', setting])
/** Program that makes a database. That takes three times the memory of using it, which WebAssembly never gives back. */
const CREATE = `
  const [pglite, dataDir] = process.argv.slice(1)
  import(pglite)
    .then(({ PGlite }) => PGlite.create({ dataDir }))
    .then((database) => database.close())
    .then(() => process.exit(0))
`
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/**
 * Opens the database in a folder that this process has locked, or makes one. A damaged one is put aside.
 * @throws FitserveError `queue-unavailable` for a transient failure, such as a full disk, which damages no database
 */
export async function openDatabase(folder: string): Promise<PGlite> {
  await sweep(folder)
  const path = join(folder, DATABASE)
  await throwTrouble(folder, path)
  if (!(await exists(path))) await rename(await makeDatabase(folder), path)
  const database = await open(path).catch(async (damage) => {
    await throwTrouble(folder, path)
    // The store knows every job and the lost ones are queued again, so an empty queue loses nothing.
    const fresh = await makeDatabase(folder)
    await open(fresh).then((made) => made.close())
    await rm(join(folder, DAMAGED), { recursive: true, force: true })
    await rename(path, join(folder, DAMAGED))
    await rename(fresh, path)
    return open(path).catch((error) => {
      throw new AggregateError([damage, error], 'The embedded database cannot be opened')
    })
  })
  keepTidy(database)
  return database
}

async function open(path: string): Promise<PGlite> {
  const database = await PGlite.create({
    dataDir: path,
    startParams: [...PGlite.defaultStartParams, ...PARAMETERS],
  })
  const client = await createPglitePool(async () => database).connect()
  await runMigrations(client, DEFAULT_SCHEMA)
  client.release()
  // All callers share the one session, so this is set once.
  await database.exec(`SET search_path TO ${quoteSchemaName(DEFAULT_SCHEMA)}`)
  return database
}

/** Throws what the system refuses to a database in the folder, if anything. */
async function throwTrouble(folder: string, path: string): Promise<void> {
  const trouble = await findTrouble(folder, path)
  if (trouble) throw trouble
}

/** Creates an empty database in a process of its own, under a temporary name. Returns its path. */
async function makeDatabase(folder: string): Promise<string> {
  const draft = join(folder, `${DRAFT}${randomUUID()}`)
  // As a module: the variant for require() does not find its files if a folder's name contains % or #.
  const command = ['--import', LIFELINE, '-e', CREATE, import.meta.resolve('@electric-sql/pglite'), draft]
  await promisify(execFile)(process.execPath, command, { timeout: 120_000 }).catch(
    async ({ stderr }: { stderr?: unknown }) => {
      // Asked while the draft still takes its room.
      const trouble = await findTrouble(folder, draft)
      await rm(draft, { recursive: true, force: true, maxRetries: 8 })
      if (trouble) throw trouble
      // The error's own message contains the program, and its first lines come from PGlite.
      throw new Error(
        /^(?:\w*Error|FATAL ERROR)\b.*$/m.exec(String(stderr))?.[0] ?? 'the process that makes it has failed',
      )
    },
  )
  return draft
}

/**
 * Vacuums the tables a minute after the start and then every hour, since no server process does it here. Each table
 * keeps the one session and this process busy for some 10 ms, so other work may run between two tables.
 */
function keepTidy(database: PGlite): void {
  const tidy = async () => {
    const { rows } = await database.query<{ name: string }>(
      'SELECT quote_ident(relname) AS name FROM pg_stat_user_tables WHERE schemaname = $1',
      [DEFAULT_SCHEMA],
    )
    for (const { name } of rows) {
      if (database.closed) return
      await database.exec(`VACUUM ANALYZE ${quoteSchemaName(DEFAULT_SCHEMA)}.${name}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const later = (ms: number) => {
    const timer = setTimeout(async () => {
      if (database.closed) return
      // The next hour tries again.
      await tidy().catch(() => {})
      later(HOUR_MS)
    }, ms)
    timer.unref()
  }
  later(MINUTE_MS)
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    // The process that was making it may be alive for another second, hence the retries.
    if (name.startsWith(DRAFT)) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 8 })
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
