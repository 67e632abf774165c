import { EventEmitter } from 'node:events'
import { type Child, ChildCommand, ChildPool, ParentCommand } from 'bullmq'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { watchChildren } from '../../../src/jobs/queue/children.ts'
import type { Guard, RunningJob } from '../../../src/jobs/queue/contract.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const PROCESSOR = '/processor.js'
const settle = () => new Promise((resolve) => setTimeout(resolve, 5))

/** A child without a process, which stands idle in a pool. */
class IdleChild extends EventEmitter {
  readonly processFile = PROCESSOR
  readonly pid: number
  readonly sent: unknown[] = []
  readonly killed: unknown[] = []
  fails = false
  constructor(pid: number) {
    super()
    this.pid = pid
  }
  async send(message: unknown) {
    this.sent.push(message)
    if (this.fails) throw new Error('channel closed')
  }
  async kill(signal: unknown) {
    this.killed.push(signal)
    this.emit('exit', null, signal)
  }
  starts(id: string, more: object = {}) {
    return this.send({ cmd: ChildCommand.Start, job: { id, data: '{}', ...more } })
  }
}

/** A watched pool with one idle child, and what its guard is asked and decides. */
async function watched(pid = 2 ** 30) {
  const pool = new ChildPool({ mainFile: '/main.js', useWorkerThreads: false })
  const child = new IdleChild(pid)
  pool.getFree(PROCESSOR).push(child as unknown as Child)
  const asked: RunningJob[] = []
  const forgotten: string[] = []
  const errors: string[] = []
  let verdict: Awaited<ReturnType<Guard['check']>> | Error = null
  const guard: Guard = {
    check: async (job) => {
      asked.push(job)
      if (verdict instanceof Error) throw verdict
      return verdict
    },
    forget: (id) => void forgotten.push(id),
  }
  const stop = watchChildren(pool, guard, ({ message }) => errors.push(message))
  onTestFinished(stop)
  const retain = () => pool.retain(PROCESSOR)
  await retain()
  const tick = async (ms = 500) => {
    vi.advanceTimersByTime(ms)
    await settle()
  }
  const decide = (next: typeof verdict) => {
    verdict = next
  }
  return { pool, child, asked, forgotten, errors, retain, tick, decide, stop }
}

it('the guard is asked twice a second for each job that a child has', async () => {
  const { child, asked, tick, stop } = await watched()
  await tick()
  expect(asked, 'the child has no job yet').toEqual([])
  await child.send({ cmd: ChildCommand.Cancel })
  await tick()
  expect(asked).toEqual([])
  await child.starts('a', { attemptsStarted: 5, data: '{"passed":2}' })
  await tick(499)
  expect(asked).toEqual([])
  await tick(1)
  expect(asked).toEqual([{ id: 'a', attempt: 3, seconds: 0.5, bytes: null }])
  await tick()
  expect(asked[1]).toMatchObject({ seconds: 1 })
  stop()
  await tick(5_000)
  expect(asked).toHaveLength(2)
})

it('a job counts as the first attempt where its data do not tell', async () => {
  const { child, asked, tick } = await watched()
  await child.starts('a', { data: 'not JSON' })
  await tick()
  expect(asked).toMatchObject([{ attempt: 1 }])
})

it.each([ParentCommand.Completed, ParentCommand.Failed, ParentCommand.Error])(
  'a job ends with the message %i',
  async (cmd) => {
    const { child, asked, forgotten, tick } = await watched()
    await child.starts('a')
    child.emit('message', { cmd: ParentCommand.Progress })
    expect(forgotten).toEqual([])
    child.emit('message', { cmd })
    expect(forgotten).toEqual(['a'])
    await tick()
    expect(asked).toEqual([])
  },
)

it('a job ends with its process, and a child without one has nothing to forget', async () => {
  const { child, forgotten } = await watched()
  child.emit('exit')
  expect(forgotten).toEqual([])
  const other = await watched()
  await other.child.starts('a')
  other.child.emit('exit')
  expect(other.forgotten).toEqual(['a'])
})

it('a child that the guard condemns is killed before the job gets its outcome', async () => {
  const { child, tick, decide } = await watched()
  await child.starts('a')
  let killedBefore: unknown
  decide(async () => {
    killedBefore = [...child.killed]
  })
  await tick()
  expect(killedBefore).toEqual(['SIGKILL'])
})

it('a verdict on a job that ended meanwhile does nothing', async () => {
  const { child, tick, decide } = await watched()
  await child.starts('a')
  const act = vi.fn(async () => {})
  decide(act)
  vi.advanceTimersByTime(500)
  child.emit('message', { cmd: ParentCommand.Completed })
  await settle()
  await tick()
  expect([child.killed, act.mock.calls]).toEqual([[], []])
})

it('a guard that fails is told, and asked again', async () => {
  const { child, asked, errors, tick, decide } = await watched()
  await child.starts('a')
  decide(new Error('the store is away'))
  await tick()
  expect(errors).toEqual(['the store is away'])
  decide(null)
  await tick()
  expect([asked.length, errors.length]).toEqual([2, 1])
})

it('a message to a child that has died is no error', async () => {
  const { child } = await watched()
  child.fails = true
  await child.send({ cmd: ChildCommand.Cancel })
  expect(child.sent).toHaveLength(1)
})

it('a child that has ended its job is used again, and one that still works is killed', async () => {
  const { pool, child, retain } = await watched()
  await child.starts('a')
  child.emit('message', { cmd: ParentCommand.Completed })
  pool.release(child as unknown as Child)
  expect(child.killed).toEqual([])
  expect(await retain()).toBe(child)
  await child.starts('b')
  expect(child.sent).toHaveLength(2)
  pool.release(child as unknown as Child)
  expect(child.killed).toEqual(['SIGKILL'])
  expect(pool.getFree(PROCESSOR)).toEqual([])
})

it('the memory of a child is that of its process', async () => {
  const { child, asked, tick } = await watched(process.pid)
  await child.starts('a')
  await tick()
  const own = process.memoryUsage.rss()
  const [{ bytes } = { bytes: null }] = asked
  // Other systems than Linux do not tell it.
  if (process.platform !== 'linux') return
  expect(bytes).toBeGreaterThan(own / 2)
  expect(bytes).toBeLessThan(own * 2)
})

it('without a guard children are only kept in order', async () => {
  const pool = new ChildPool({ mainFile: '/main.js', useWorkerThreads: false })
  const child = new IdleChild(2 ** 30)
  pool.getFree(PROCESSOR).push(child as unknown as Child)
  watchChildren(pool, undefined, () => {})()
  await pool.retain(PROCESSOR)
  pool.release(child as unknown as Child)
  expect(child.killed).toEqual(['SIGKILL'])
})
