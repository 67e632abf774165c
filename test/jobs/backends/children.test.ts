import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ChildPool } from 'bullmq'
import { expect, onTestFinished, test, vi } from 'vitest'
import { watchChildren } from '../../../src/jobs/backends/children.ts'
import { PROCESSOR } from '../../contracts/queue.ts'
import { descendants } from '../../helpers/processes.ts'

const mainFile = join(dirname(createRequire(import.meta.url).resolve('bullmq')), 'classes', 'main.js')

function pool() {
  const children = new ChildPool({
    mainFile,
    useWorkerThreads: false,
    workerForkOptions: { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  })
  onTestFinished(watchChildren(children, undefined, () => {}))
  onTestFinished(() => children.clean())
  return children
}

test('a process that is killed before it is ready is an error, and not waited for', async () => {
  const children = pool()
  const before = await descendants(process.pid)
  const retained = children.retain(PROCESSOR)
  const [pid = -1] = await vi.waitUntil(async () => {
    const started = (await descendants(process.pid)).filter((each) => !before.includes(each))
    return started.length > 0 && started
  })
  process.kill(pid, 'SIGKILL')
  await expect(retained).rejects.toThrow('SIGKILL')
  const child = await children.retain(PROCESSOR)
  expect(child.pid).not.toBe(pid)
  children.release(child)
})
