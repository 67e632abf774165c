import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest'
import { createEmbeddedQueue } from '../../../src/jobs/queue/embedded.ts'
import { openDatabase } from '../../../src/jobs/queue/embedded-database.ts'
import { copyEmptyQueue } from '../../helpers/queue-template.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

let folder: string
beforeEach(async () => {
  folder = await temporaryFolder('embedded-database')
})
const entries = async () => (await readdir(folder)).toSorted()
/** Does work with the database of the folder, which is closed again. */
async function within<T>(work: (database: PGlite) => Promise<T>): Promise<T> {
  const database = await openDatabase(folder)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
const jobs = (database: PGlite) =>
  database
    .query<{ id: string; state: string }>('SELECT id, state FROM job ORDER BY id')
    .then(({ rows }) => rows)

/** Lets each process that this one starts end with an error at once, until the end of the test. */
function failingProcesses(error: string): void {
  const { NODE_OPTIONS } = process.env
  process.env['NODE_OPTIONS'] = `--import="data:text/javascript,${encodeURIComponent(error)}"`
  onTestFinished(() => {
    if (NODE_OPTIONS === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = NODE_OPTIONS
  })
}

describe('the database of the embedded queue', () => {
  it('stays what it was, and what was left half made beside it goes', async () => {
    await copyEmptyQueue(inject('sharedFolder'), folder)
    const add = `INSERT INTO job (queue, id, seq, name, data, opts, state, added_at_ms) VALUES ('jobs', 'a', 1, 'n', '{}', '{}', 'waiting', 0)`
    await within((database) => database.exec(add))
    await mkdir(join(folder, 'new-half', 'base'), { recursive: true })
    await writeFile(join(folder, 'new-try'), '')
    await mkdir(join(folder, 'renewed'))
    expect(await within(jobs)).toEqual([{ id: 'a', state: 'waiting' }])
    expect(await entries()).toEqual(['database', 'renewed'])
  })

  it('is small', async () => {
    await copyEmptyQueue(inject('sharedFolder'), folder)
    const settings = await within(async (database) => {
      const names = ['shared_buffers', 'max_connections', 'max_wal_size', 'min_wal_size']
      const shown: unknown[] = []
      for (const name of names) {
        const { rows } = await database.query<Record<string, string>>(`SHOW ${name}`)
        shown.push(rows[0]?.[name])
      }
      return shown
    })
    expect(settings).toEqual(['8MB', '4', '64MB', '32MB'])
  })

  it('is made anew where it is damaged, and the last damaged one is kept', async () => {
    await copyEmptyQueue(inject('sharedFolder'), folder)
    for (const note of ['first', 'second']) {
      await writeFile(join(folder, 'database', 'note'), note)
      await rm(join(folder, 'database', 'global', 'pg_control'))
      expect(await within(jobs)).toEqual([])
      expect(await entries()).toEqual(['damaged', 'database'])
    }
    expect(await readFile(join(folder, 'damaged', 'note'), 'utf8')).toBe('second')
  }, 180_000)

  it.each([
    ['throw new TypeError("no memory of its own")', 'TypeError: no memory of its own'],
    ['throw new Error("short")', 'Error: short'],
    [
      'process.stderr.write("x\\nFATAL ERROR: the heap is full\\ny\\n"); process.exit(1)',
      'FATAL ERROR: the heap is full',
    ],
    ['process.exit(1)', 'the process that makes it has failed'],
  ])(
    'that cannot be made by a process with %s has its reason, and leaves nothing',
    async (error, message) => {
      failingProcesses(error)
      await expect(openDatabase(folder)).rejects.toThrow(new Error(message))
      expect(await entries()).toEqual([])
    },
  )
})

describe('the embedded queue', () => {
  it('that cannot be opened says so, with the cause for the log', async () => {
    failingProcesses('throw new Error("short")')
    await expect(createEmbeddedQueue({ folder })).rejects.toMatchObject({
      code: 'queue-unavailable',
      message: 'The embedded queue in DATA_DIR cannot be opened.',
      cause: { message: 'Error: short' },
    })
    expect(await entries()).toEqual(['owner.lock'])
  })

  it('frees the jobs that ran when its process ended, and gives up those that it was lost with too often', async () => {
    await copyEmptyQueue(inject('sharedFolder'), folder)
    const open = () => createEmbeddedQueue({ folder })
    const first = await open()
    for (const id of ['a', 'b', 'c']) await first.add({ id, data: { jobId: id } })
    await first.close()
    await within(async (database) => {
      await database.exec(
        `UPDATE job SET state = 'active', lock_token = 'x', locked_until_ms = 9e12 WHERE id <> 'c'`,
      )
      await database.exec(`UPDATE job SET stalled_count = CASE id WHEN 'a' THEN 24 ELSE 25 END`)
    })
    const second = await open()
    expect([await second.find('a'), await second.find('b')]).toMatchObject([
      { state: 'waiting' },
      { state: 'waiting' },
    ])
    await second.close()
    const rows = await within((database) =>
      database
        .query(
          'SELECT id, state, stalled_count, lock_token, locked_until_ms, deferred_failure FROM job ORDER BY id',
        )
        .then(({ rows }) => rows.map((row) => Object.values(row as object))),
    )
    expect(rows).toEqual([
      ['a', 'waiting', 25, null, null, null],
      ['b', 'waiting', 26, null, null, 'The processes that ran the job ended too often.'],
      ['c', 'waiting', 25, null, null, null],
    ])
  })

  it('may be opened again once it is closed', async () => {
    await copyEmptyQueue(inject('sharedFolder'), folder)
    const queue = await createEmbeddedQueue({ folder })
    await queue.ping()
    expect(await queue.workers()).toBe(0)
    await expect(createEmbeddedQueue({ folder })).rejects.toMatchObject({ code: 'queue-unavailable' })
    await queue.close()
    await queue.close()
    await expect(queue.ping()).rejects.toMatchObject({ code: 'queue-unavailable' })
    await (await createEmbeddedQueue({ folder })).close()
  })
})
