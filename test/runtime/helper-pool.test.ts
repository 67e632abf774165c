import { getEventListeners } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import {
  HelperPool,
  type HelperPoolOptions,
  HelperTimedOut,
  ownProgram,
} from '../../src/runtime/helper-pool.ts'
import { HelperStopped } from '../../src/runtime/helper-process.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const program = fileURLToPath(new URL('fixtures/helper.js', import.meta.url))
let opened: HelperPool[] = []

function open(options: Partial<HelperPoolOptions> = {}): HelperPool {
  const pool = new HelperPool({
    program,
    heapMb: 64,
    maxHelpers: 1,
    idleMs: 60_000,
    timeLimitMs: 30_000,
    ...options,
  })
  opened.push(pool)
  return pool
}

afterEach(() => {
  for (const pool of opened) pool.close()
  opened = []
})

const pidOf = async (reply: Promise<unknown>) => (await reply) as { pid: number }

describe('a pool of helpers', () => {
  it('uses a helper again while it is warm', async () => {
    const pool = open()
    pool.warm()
    const { pid } = await pidOf(pool.ask({ first: true }))
    expect(await pool.ask({ second: true })).toEqual({ pid, message: { second: true } })
  })

  it('starts a helper for each task if none may be idle', async () => {
    const pool = open({ idleMs: 0 })
    const first = await pidOf(pool.ask({}))
    expect((await pidOf(pool.ask({}))).pid).not.toBe(first.pid)
  })

  it('lets no more helpers work at once than its limit, and makes a message when its turn has come', async () => {
    const pool = open()
    const order: string[] = []
    const go = join(await temporaryFolder(), 'go')
    const slow = pool.ask({ untilFile: go }).then(() => order.push('slow'))
    const next = pool.ask(async () => {
      order.push('made')
      return {}
    })
    await pool.ask({}, { maxHelpers: 2 })
    order.push('aside')
    await writeFile(go, '')
    await Promise.all([slow, next])
    expect(order).toEqual(['aside', 'slow', 'made'])
  })

  it('refuses a request that waits too long, and goes on with those behind it', async () => {
    const pool = open({ maxWaitMs: 50, overloadedMessage: 'Later.' })
    const go = join(await temporaryFolder(), 'go')
    const slow = pool.ask({ untilFile: go })
    await expect(pool.ask({})).rejects.toMatchObject({ code: 'overloaded', message: 'Later.' })
    await writeFile(go, '')
    await slow
    expect(await pool.ask({ next: true })).toMatchObject({ message: { next: true } })
  })

  it('replaces a helper that has ended', async () => {
    const pool = open()
    await expect(pool.ask({ die: true })).rejects.toThrow(HelperStopped)
    expect(await pool.ask({})).toMatchObject({ message: {} })
  })

  it('kills a helper at the time limit', async () => {
    const pool = open({ timeLimitMs: 100 })
    await expect(pool.ask({ sleepMs: 60_000 })).rejects.toThrow(HelperTimedOut)
    expect(await pool.ask({}, { timeLimitMs: 10_000 })).toMatchObject({ message: {} })
  })

  it('gives up a request whose signal is aborted, in hand or waiting', async () => {
    const pool = open()
    const away = new AbortController()
    const both = [{}, {}].map(() => pool.ask({ sleepMs: 60_000 }, { signal: away.signal }))
    const settled = Promise.allSettled(both)
    away.abort(new Error('gone'))
    for (const { status } of await settled) expect(status).toBe('rejected')
    await expect(both[1]).rejects.toThrow('gone')
    expect(await pool.ask({})).toMatchObject({ message: {} })
  })

  it('leaves no listener on the signal of a request, whether it waited or not', async () => {
    const pool = open()
    const { signal } = new AbortController()
    await Promise.all([pool.ask({ sleepMs: 50 }, { signal }), pool.ask({}, { signal })])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('refuses what is too much, and everything after its end', async () => {
    const pool = open({ maxWaiting: 1, overloadedMessage: 'Too many pictures are waiting.' })
    const running = pool.ask({ sleepMs: 60_000 })
    const waiting = pool.ask({})
    const settled = Promise.allSettled([running, waiting])
    await expect(pool.ask({})).rejects.toMatchObject({
      code: 'overloaded',
      message: 'Too many pictures are waiting.',
    })
    pool.close()
    for (const outcome of await settled) expect(outcome).toMatchObject({ reason: { code: 'not-ready' } })
    await expect(pool.ask({})).rejects.toMatchObject({ code: 'not-ready' })
  })
})

describe('ownProgram', () => {
  it('finds a source from a source and a compiled file from a compiled one', () => {
    expect(ownProgram('file:///a/b/c.ts', '../programs/d')).toBe('/a/programs/d.ts')
    expect(ownProgram('file:///a/b/c.js', '../programs/d')).toBe('/a/programs/d.js')
  })
})
