import { readFileSync } from 'node:fs'
import { Child, ChildCommand, type ChildPool, ParentCommand } from 'bullmq'
import { z } from 'zod'
import type { Guard } from './contract.ts'

/** How often the guard looks at each child. */
const LOOK_MS = 500
/** Resident memory from which a child does not get another job: little of it would come back. */
const GROWN_BYTES = 768 * 2 ** 20

/** What a child says when it has done with a job. */
const ENDS: ReadonlySet<ParentCommand> = new Set([
  ParentCommand.Completed,
  ParentCommand.Failed,
  ParentCommand.Error,
])
/** BullMQ sends it as text. */
const JobData = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.object({ passed: z.number().optional() }))
const Started = z.object({
  cmd: z.literal(ChildCommand.Start),
  job: z.object({ id: z.string(), attemptsStarted: z.number().default(1), data: JobData.catch({}) }),
})

interface Running {
  id: string
  attempt: number
  since: number
}

/**
 * What BullMQ's pool of children leaves open. It does not wait for what it sends to a child, so a message to a child
 * that has just died would be an unhandled rejection and end this process; that child's end is noticed by its exit.
 * Where a job's progress cannot be kept, since the queue has lost the job, it takes the child for free while that one
 * still works; every job given to it would fail. Such a child is ended, and so is one that has grown large. And the
 * guard ends the children that do not end by themselves.
 * @param warm address of the processor that a first child is started for at once, ahead of its job
 * @returns stops looking
 */
export function watchChildren(
  children: ChildPool,
  guard: Guard | undefined,
  onError: (error: Error) => void,
  warm?: string,
): () => void {
  const release = children.release.bind(children)
  const known = new WeakSet<Child>()
  const busy = new Map<Child, Running | null>()
  const done = (child: Child) => {
    const running = busy.get(child)
    busy.delete(child)
    if (running) guard?.forget(running.id)
  }
  let stopped = false
  const warming = warm === undefined ? null : startAhead(children, warm, () => stopped)
  children.retain = async (processor) => {
    await warming
    const child = await retain(children, processor)
    busy.set(child, null)
    if (known.has(child)) return child
    known.add(child)
    const send = child.send.bind(child)
    child.send = (message) => {
      const started = Started.safeParse(message)
      if (started.success) {
        const { id, attemptsStarted, data } = started.data.job
        busy.set(child, { id, attempt: attemptsStarted - (data.passed ?? 0), since: performance.now() })
      }
      return send(message).catch(() => {})
    }
    child.on('message', ({ cmd }: { cmd: ParentCommand }) => {
      if (ENDS.has(cmd)) done(child)
    })
    child.on('exit', () => done(child))
    return child
  }
  const kill = (child: Child) => children.kill(child, 'SIGKILL').catch(() => {})
  children.release = (child) => {
    if (busy.has(child) || (bytesOf(child.pid) ?? 0) > GROWN_BYTES) void kill(child)
    else release(child)
  }
  if (!guard)
    return () => {
      stopped = true
    }
  const look = async (child: Child, { id, attempt, since }: Running) => {
    const seconds = (performance.now() - since) / 1000
    const verdict = await guard.look({ id, attempt, seconds, bytes: bytesOf(child.pid) })
    if (!verdict || busy.get(child)?.since !== since) return
    await kill(child)
    await verdict()
  }
  let looking = false
  const timer = setInterval(async () => {
    if (looking) return
    looking = true
    const looks = [...busy].map(([child, running]) => running && look(child, running))
    for (const { reason, status } of (await Promise.allSettled(looks)).map(failed))
      if (status === 'rejected') onError(reason)
    looking = false
  }, LOOK_MS)
  timer.unref()
  return () => {
    stopped = true
    clearInterval(timer)
  }
}

/**
 * A child that has nothing to do, or a new one. BullMQ's own waits for ever for a child that ends before it has said
 * that it is ready, and with it waits the job, whose lock goes on being renewed.
 */
async function retain(children: ChildPool, processor: string): Promise<Child> {
  const { mainFile = '', ...options } = children['opts']
  const free = children.getFree(processor).pop()
  const child = free ?? new Child(mainFile, processor, options)
  if (!free) {
    const ended = new Promise<never>((_, reject) => {
      child.on('exit', (code: number | null, signal: string | null) => {
        children.remove(child)
        reject(new Error(`Unexpected exit code: ${code} signal: ${signal}`))
      })
    })
    try {
      await Promise.race([child.init(), ended])
    } catch (error) {
      void children.kill(child).catch(() => {})
      throw error
    }
  }
  children.retained[child.pid] = child
  return child
}

/** Starts a child that waits for its first job; where that fails the job starts one, and hears why. */
async function startAhead(children: ChildPool, processor: string, stopped: () => boolean): Promise<void> {
  try {
    const child = await retain(children, processor)
    delete children.retained[child.pid]
    if (stopped()) await children.kill(child)
    else children.getFree(processor).push(child)
  } catch {}
}

function failed(result: PromiseSettledResult<unknown>) {
  const reason = result.status === 'rejected' ? result.reason : undefined
  return { status: result.status, reason: reason instanceof Error ? reason : new Error(String(reason)) }
}

/** Resident memory of a process, where the system tells it (Linux). */
function bytesOf(pid: number): number | null {
  try {
    const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kb === undefined ? null : Number(kb) * 1024
  } catch {
    return null
  }
}
