import type { PGlite } from '@electric-sql/pglite'
import { describe, expect, it } from 'vitest'
import { createPglitePool } from '../../../src/jobs/queue/pglite-pool.ts'

/** A database that answers every statement at once with an error of this SQLSTATE. */
function failing(code: string) {
  let asked = 0
  const fail = async () => {
    asked += 1
    throw Object.assign(new Error(`refused with ${code}`), { code })
  }
  return { database: { query: fail, exec: fail } as unknown as PGlite, asked: () => asked }
}

/** Asks again and again without a wait, at most 500 times, until 200 ms have passed. Returns whether they have. */
async function insist(query: () => Promise<unknown>): Promise<boolean> {
  let over = false
  setTimeout(() => {
    over = true
  }, 200)
  for (let n = 0; n < 500 && !over; n += 1) await query().catch(() => {})
  return over
}

describe('a database that fails', () => {
  it.each(['53100', '53000', 'XX001', '42883'])('leaves the event loop its turns: %s', async (code) => {
    const { database, asked } = failing(code)
    const pool = createPglitePool(async () => database)
    expect(await insist(() => pool.query('SELECT 1'))).toBe(true)
    expect(asked()).toBeLessThan(10)
  })

  it('names what may pass, and leaves other errors as they are', async () => {
    const troubles: string[] = []
    const ask = (code: string) =>
      createPglitePool(async () => failing(code).database, {
        onTrouble: ({ message }) => troubles.push(message),
      }).query('SELECT $1', [1])
    await expect(ask('53100')).rejects.toMatchObject({
      code: 'queue-unavailable',
      message: 'The embedded queue has no space left on its disk, or no inodes (see df -h and df -i).',
      cause: { code: '53100' },
    })
    await expect(ask('53000')).rejects.toMatchObject({ message: 'Too many files are open in this process.' })
    expect(troubles).toHaveLength(2)
    await expect(ask('XX001')).rejects.toMatchObject({ code: 'XX001' })
    await expect(ask('BM001')).rejects.toMatchObject({ code: 'BM001' })
    expect(troubles).toHaveLength(2)
  })
})

it('a client hears notifications until it is released', async () => {
  const listeners = new Set<(channel: string, payload: string) => void>()
  const onNotification = (listener: (channel: string, payload: string) => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const pool = createPglitePool(async () => ({ onNotification }) as unknown as PGlite)
  const first = await pool.connect()
  const second = await pool.connect()
  const heard: unknown[] = []
  first.on('notification', (notification) => heard.push(['first', notification]))
  second.on('notification', (notification) => heard.push(['second', notification]))
  const tell = () => {
    for (const listener of listeners) listener('events', 'jobs')
  }
  tell()
  const notification = { channel: 'events', payload: 'jobs' }
  expect(heard).toEqual([
    ['first', notification],
    ['second', notification],
  ])
  first.release()
  tell()
  expect(heard.slice(2)).toEqual([['second', notification]])
  second.release()
  expect(listeners.size).toBe(0)
})
