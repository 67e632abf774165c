import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ChildPool } from 'bullmq'
import { expect, it, onTestFinished, vi } from 'vitest'
import { watchChildren } from '../../../src/jobs/queue/children.ts'
import { PROCESSOR } from '../../contracts/queue.ts'
import { descendants } from '../../helpers/processes.ts'

const mainFile = join(dirname(createRequire(import.meta.url).resolve('bullmq')), 'classes', 'main.js')

function pool(warm?: string) {
  const children = new ChildPool({
    mainFile,
    useWorkerThreads: false,
    workerForkOptions: { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  })
  const stop = watchChildren(children, undefined, () => {}, warm)
  onTestFinished(stop)
  onTestFinished(() => children.clean())
  return { children, stop }
}

it('a process that is killed before it is ready is an error, and not waited for', async () => {
  const { children } = pool()
  const before = await descendants(process.pid)
  const retained = children.retain(PROCESSOR)
  const [pid = -1] = await vi.waitUntil(() => startedSince(before), { timeout: 20_000 })
  process.kill(pid, 'SIGKILL')
  await expect(retained).rejects.toThrow('SIGKILL')
  const child = await children.retain(PROCESSOR)
  expect(child.pid).not.toBe(pid)
  children.release(child)
})

it('a first process is started ahead, and the first job gets it', async () => {
  const before = await descendants(process.pid)
  const { children } = pool(PROCESSOR)
  const [pid] = await vi.waitUntil(() => startedSince(before), { timeout: 20_000 })
  const child = await children.retain(PROCESSOR)
  expect(child.pid).toBe(pid)
  expect(await startedSince(before)).toEqual([pid])
  children.release(child)
})

it('a process that is started ahead and dies is no error, and the first job starts another', async () => {
  const before = await descendants(process.pid)
  const { children } = pool(PROCESSOR)
  const [pid = -1] = await vi.waitUntil(() => startedSince(before), { timeout: 20_000 })
  process.kill(pid, 'SIGKILL')
  const child = await children.retain(PROCESSOR)
  expect(child.pid).not.toBe(pid)
  children.release(child)
})

it('a process that is ready after the end is ended', async () => {
  const before = await descendants(process.pid)
  const { stop } = pool(PROCESSOR)
  await vi.waitUntil(() => startedSince(before), { timeout: 20_000 })
  stop()
  await vi.waitUntil(async () => (await startedSince(before)) === false, { timeout: 20_000 })
})

async function startedSince(before: readonly number[]): Promise<number[] | false> {
  const started = (await descendants(process.pid)).filter((each) => !before.includes(each))
  return started.length > 0 && started
}
