import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createEmbeddedQueue } from '../../../src/jobs/queue/embedded.ts'
import { choreContract } from '../../contracts/chores.ts'
import { isAlive, openTraces, PROCESSOR, queueContract } from '../../contracts/queue.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { startWorkerProcess } from './worker-process.ts'

const until = (check: () => unknown, timeout = 60_000) => vi.waitUntil(check, { timeout, interval: 25 })
let parent: string
beforeAll(async () => {
  parent = await temporaryFolder('embedded')
})

queueContract('embedded', async () => ({
  open: () => createEmbeddedQueue({ folder: join(parent, 'contract') }),
  second: async (first) => first,
}))

choreContract('embedded', async () => ({
  open: () => createEmbeddedQueue({ folder: join(parent, 'contract') }),
  second: async (first) => first,
}))

describe('the folder', () => {
  it('is one process’s until it lets go, or is killed; what ran then begins again at once', async () => {
    const traces = await openTraces()
    const folder = join(parent, 'locked')
    const worker = await startWorkerProcess('embedded', folder, ['slowonce.1', 'busyonce.1'])
    await until(() => traces.pids('slowonce.1').length + traces.pids('busyonce.1').length === 2)
    const refused = createEmbeddedQueue({ folder })
    await expect(refused).rejects.toMatchObject({ name: 'FitserveError', code: 'queue-unavailable' })
    await expect(refused).rejects.toThrow(`DATA_DIR is in use by the process ${worker.pid}`)
    await expect(refused).rejects.not.toThrow(folder)

    await worker.kill('SIGKILL')
    const queue = await createEmbeddedQueue({ folder })
    await expect(createEmbeddedQueue({ folder })).rejects.toMatchObject({ code: 'queue-unavailable' })
    expect(await queue.find('slowonce.1')).toMatchObject({ state: 'waiting', attempt: 1 })
    const began = Date.now()
    const pool = await queue.work({ processor: PROCESSOR, concurrency: 2 })
    await until(() => traces.ends('slowonce.1') + traces.ends('busyonce.1') === 2)
    expect(Date.now() - began, 'long before a lease of the killed worker runs out').toBeLessThan(9_000)
    await until(() => !traces.pids('busyonce.1').slice(0, 1).some(isAlive))
    await pool.close()
    await queue.close()

    const again = await createEmbeddedQueue({ folder })
    expect(await again.find('slowonce.1')).toMatchObject({ state: 'completed', attempt: 2 })
    await again.close()
    await traces.close()
  }, 180_000)

  it('and the program of a job may stand where a path has signs that addresses read otherwise', async () => {
    const traces = await openTraces()
    const odd = join(parent, 'a #1%20?')
    await mkdir(odd)
    const processor = join(odd, 'processor.js')
    await copyFile(PROCESSOR, processor)
    await writeFile(join(odd, 'package.json'), '{"type":"module"}')
    const queue = await createEmbeddedQueue({ folder: join(odd, 'queue') })
    const pool = await queue.work({ processor, concurrency: 1 })
    await queue.add({ id: 'quick.odd', data: { jobId: 'quick.odd' } })
    await until(() => traces.ends('quick.odd') === 1)
    await pool.close()
    await queue.close()
    await traces.close()
  }, 180_000)

  it('with a database that is damaged gets a new one, and the old one is put aside', async () => {
    const folder = join(parent, 'locked')
    await mkdir(join(folder, 'new-half'), { recursive: true })
    await rm(join(folder, 'database/global/pg_control'))
    const queue = await createEmbeddedQueue({ folder })
    await queue.ping()
    expect(await queue.find('slowonce.1')).toBeUndefined()
    await queue.add({ id: 'a', data: { jobId: 'a' } })
    await queue.close()
    expect((await readdir(folder)).toSorted()).toEqual(['damaged', 'database', 'owner.lock'])
  }, 180_000)

  it('that cannot be made is told without its path', async () => {
    const file = join(parent, 'file')
    await writeFile(file, '')
    const refused = createEmbeddedQueue({ folder: join(file, 'queue') })
    await expect(refused).rejects.toMatchObject({ code: 'queue-unavailable' })
    await expect(refused).rejects.not.toThrow(parent)
  })
})
