import { appendFile, copyFile, mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import type { JobQueue } from '../../../src/jobs/queue/contract.ts'
import { createEmbeddedQueue, type EmbeddedQueueOptions } from '../../../src/jobs/queue/embedded.ts'
import { choreContract } from '../../contracts/chores.ts'
import { isAlive, openTraces, PROCESSOR, queueContract, RETRY_MS } from '../../contracts/queue.ts'
import { copyEmptyQueue } from '../../helpers/queue-template.ts'
import { canMount, mount, mountSmallDisk } from '../../helpers/small-disk.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { startWorkerProcess } from './worker-process.ts'

const until = (check: () => unknown, timeout = 60_000) => vi.waitUntil(check, { timeout, interval: 25 })
let parent: string
beforeAll(async () => {
  parent = await temporaryFolder('embedded')
})

queueContract('embedded', async () => ({
  open: () => createEmbeddedQueue({ folder: join(parent, 'contract'), retryMs: RETRY_MS }),
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
    await copyEmptyQueue(inject('sharedFolder'), folder)
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
    await copyEmptyQueue(inject('sharedFolder'), join(odd, 'queue'))
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

describe.skipIf(!canMount)('a disk that refuses', () => {
  let disk: string
  let folder: string
  let filler: string
  beforeAll(async () => {
    disk = await mountSmallDisk(100)
    folder = join(disk, 'queue')
    filler = join(disk, 'filler')
    await copyEmptyQueue(inject('sharedFolder'), folder)
  })
  /** Opens the queue until the end of the test, so that a second try finds its folder free and its disk with room. */
  const open = async (listeners: Pick<EmbeddedQueueOptions, 'onError' | 'onRecovered'> = {}) => {
    const queue = await createEmbeddedQueue({ folder, ...listeners })
    onTestFinished(async () => {
      mount(disk, '-o', 'remount,rw')
      await rm(filler, { force: true })
      await queue.close()
    })
    return queue
  }
  const noRoom = {
    code: 'queue-unavailable',
    message: 'The embedded queue has no space left on its disk, or no inodes (see df -h and df -i).',
  }
  const fill = async () => {
    for (let left = await statfs(disk); left.bavail > 0; left = await statfs(disk))
      await appendFile(filler, Buffer.alloc(Math.min(left.bavail * left.bsize, 2 ** 20))).catch(() => {})
  }
  /** Adds jobs until one has no room: the database's log has some left when the disk is full. */
  const addMany = async (queue: JobQueue) => {
    for (let n = 0; n < 10_000; n += 1) await queue.add({ id: `many.${n}`, data: { jobId: `many.${n}` } })
  }
  const answers = (queue: JobQueue) =>
    until(() =>
      queue.ping().then(
        () => true,
        () => false,
      ),
    )

  it('while the queue is open is told by each ping, until there is room', async () => {
    const queue = await open()
    await queue.add({ id: 'a', data: { jobId: 'a' } })
    await fill()
    await expect(queue.ping()).rejects.toMatchObject(noRoom)
    await rm(filler)
    await answers(queue)
  }, 180_000)

  it('while a statement needs room is told once when it has room again, not while statements that only read succeed', async () => {
    let recovered = 0
    const queue = await open({
      onRecovered: () => {
        recovered += 1
      },
    })
    await fill()
    await expect(addMany(queue)).rejects.toMatchObject(noRoom)
    await sleep(6_000)
    await queue.find('a')
    await sleep(500)
    expect(recovered).toBe(0)
    await rm(filler)
    await until(async () => {
      await queue.find('a')
      return recovered > 0
    })
    await queue.add({ id: 'c', data: { jobId: 'c' } })
    expect(recovered).toBe(1)
  }, 180_000)

  it.each([
    ['is full', fill, () => rm(filler), noRoom.message],
    [
      'is read-only',
      async () => expect(mount(disk, '-o', 'remount,ro')).toBe(true),
      async () => expect(mount(disk, '-o', 'remount,rw')).toBe(true),
      'The embedded queue is on a file system that is read-only.',
    ],
  ] as const)(
    'at the start is not taken for damage: it %s',
    async (_what, begin, end, message) => {
      await begin()
      const errors: string[] = []
      let recovered = 0
      const queue = await open({
        onError: ({ message }) => errors.push(message),
        onRecovered: () => {
          recovered += 1
        },
      })
      const refused = { code: 'queue-unavailable', message }
      await expect(queue.ping()).rejects.toMatchObject(refused)
      await expect(queue.find('a')).rejects.toMatchObject(refused)
      await expect(queue.add({ id: 'b', data: { jobId: 'b' } })).rejects.toMatchObject(refused)
      expect(errors).toContain(message)
      const pool = await queue.work({ processor: PROCESSOR, concurrency: 1 })
      await pool.close()
      expect(recovered).toBe(0)
      await end()
      await answers(queue)
      expect(recovered).toBe(1)
      expect(await queue.find('a')).toMatchObject({ state: 'waiting' })
      await queue.close()
      expect((await readdir(folder)).toSorted()).toEqual(['database', 'owner.lock'])
    },
    180_000,
  )

  it('may be let go while it is full', async () => {
    await fill()
    const queue = await open()
    await queue.work({ processor: PROCESSOR, concurrency: 1 })
    queue.subscribe(() => {})
    const began = Date.now()
    await queue.close()
    expect(Date.now() - began).toBeLessThan(30_000)
  }, 180_000)
})
