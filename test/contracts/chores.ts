import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Chore, ChoreWork } from '../../src/jobs/queue/chores.ts'
import type { JobQueue } from '../../src/jobs/queue/contract.ts'
import type { QueueUnderTest } from './queue.ts'

const EVERY_SECOND = { cron: '* * * * * *', timeZone: 'Asia/Seoul' }

/** The contract of the chores of every queue. */
export function choreContract(name: string, make: () => Promise<QueueUnderTest>): void {
  describe(`${name}: the contract of chores`, () => {
    let queue: JobQueue
    let other: JobQueue
    const until = (check: () => unknown) => vi.waitUntil(check, { timeout: 60_000, interval: 25 })

    beforeAll(async () => {
      const under = await make()
      queue = await under.open()
      other = await under.second(queue)
    }, 240_000)
    afterAll(async () => {
      await other.close()
      await queue.close()
    })

    /** Works until the test's end. */
    const working = async (
      handle: (chore: Chore) => Promise<void>,
      test: () => Promise<void>,
      options: ChoreWork = {},
    ) => {
      const workers = [await queue.chores.work(handle, options)]
      if (other !== queue) workers.push(await other.chores.work(handle, options))
      try {
        await test()
      } finally {
        for (const worker of workers) await worker.close()
      }
    }

    it('a chore is there once, is done once, and its end is known', async () => {
      expect(await queue.chores.find('no-such-chore')).toBeUndefined()
      const chore = { id: 'once', data: { word: 'hello' }, attempts: 3, pauseMs: 50 }
      await queue.chores.add(chore)
      await other.chores.add({ ...chore, data: { word: 'again' } })
      expect(await other.chores.find('once')).toEqual({ state: 'waiting', failures: 0, reason: null })
      const seen: Chore[] = []
      await working(
        async (each) => void seen.push(each),
        async () => {
          await until(async () => (await other.chores.find('once'))?.state === 'ended')
          await queue.chores.add(chore)
        },
      )
      expect(seen).toEqual([{ id: 'once', data: { word: 'hello' }, attempt: 1, last: false, due: null }])
      expect(await queue.chores.find('once')).toEqual({ state: 'ended', failures: 0, reason: null })
    })

    it('what fails is tried again with pauses, as often as it is to be', async () => {
      const began: Record<string, number[]> = { mends: [], never: [] }
      const failed: string[] = []
      const handle = async ({ id, attempt, last }: Chore) => {
        began[id]?.push(performance.now())
        expect(last).toBe(attempt === 3)
        if (id === 'never' || attempt < 3) throw new Error(`attempt ${attempt} of ${id}`)
      }
      await working(
        handle,
        async () => {
          for (const id of ['mends', 'never'])
            await queue.chores.add({ id, data: {}, attempts: 3, pauseMs: 200 })
          for (const id of ['mends', 'never'])
            await until(async () => (await queue.chores.find(id))?.state === 'ended')
        },
        { onFailed: (chore) => failed.push(chore.id) },
      )
      expect(await queue.chores.find('mends')).toMatchObject({ failures: 2 })
      expect(await queue.chores.find('never')).toMatchObject({ failures: 3, reason: 'attempt 3 of never' })
      for (const times of Object.values(began)) {
        expect(times).toHaveLength(3)
        const [first = 0, second = 0, third = 0] = times
        expect(second - first).toBeGreaterThan(120)
        expect(third - second).toBeGreaterThan(240)
      }
      expect(failed.toSorted()).toEqual(['mends', 'mends', 'never', 'never', 'never'])
    }, 180_000)

    it('what repeats comes once at each of its times, until it does not any more', async () => {
      await queue.chores.repeat('nightly', { cron: '0 3 * * *', timeZone: 'Asia/Seoul' }, { model: 'm' })
      await queue.chores.repeat('second', EVERY_SECOND, { model: 'old' })
      await other.chores.repeat('second', EVERY_SECOND, { model: 'new' })
      const all = await other.chores.repeating()
      expect(all.map(({ id }) => id).toSorted()).toEqual(['nightly', 'second'])
      const nightly = all.find(({ id }) => id === 'nightly')
      expect(nightly).toMatchObject({ cron: '0 3 * * *', timeZone: 'Asia/Seoul' })
      expect(new Date(nightly?.next ?? 0).toISOString()).toMatch(/T18:00:00.000Z$/)

      const seen: Chore[] = []
      await working(
        async (chore) => void seen.push(chore),
        async () => {
          await until(() => seen.length >= 3)
          await other.chores.stopRepeating('second')
          await other.chores.stopRepeating('no-such-chore')
          const count = seen.length
          await new Promise((resolve) => setTimeout(resolve, 2_100))
          // One may have been on its way.
          expect(seen.length).toBeLessThanOrEqual(count + 1)
        },
      )
      for (const { data, due } of seen) {
        expect(data).toEqual({ model: 'new' })
        expect((due ?? 1) % 1000).toBe(0)
      }
      const times = seen.map(({ due }) => due)
      expect(new Set(times).size, 'each time once').toBe(times.length)
      expect((await queue.chores.repeating()).map(({ id }) => id)).toEqual(['nightly'])
      await queue.chores.stopRepeating('nightly')
    }, 180_000)
  })
}
