import { readFileSync } from 'node:fs'
import { Child, ChildCommand, type ChildPool, ParentCommand } from 'bullmq'
import { z } from 'zod'
import type { Guard } from './contract.ts'

/** Interval at which the guard checks each child, in ms. */
const CHECK_MS = 500
/** Resident memory above which a child gets no further job: an idle process returns little of it to the system. */
const GROWN_BYTES = 768 * 2 ** 20

/** Messages by which a child ends a job. */
const ENDS: ReadonlySet<ParentCommand> = new Set([
  ParentCommand.Completed,
  ParentCommand.Failed,
  ParentCommand.Error,
])
/** A job's data, which BullMQ sends as JSON text. */
const JobData = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('Expected JSON')
      return z.NEVER
    }
  })
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
 * Closes gaps of BullMQ's pool of children (read in 6.7.0):
 *
 * - BullMQ does not wait for a message to a child. One to a child that has just died would be an unhandled rejection
 *   and end this process. It is dropped here; the child's exit is reported anyway.
 * - If the queue has lost a job, its progress cannot be kept, and BullMQ takes the child for free while it still works:
 *   every job given to it would fail. Such a child is killed.
 * - A child that has grown large is killed rather than used again.
 * - The guard kills children that do not end by themselves.
 *
 * @param warm URL of the processor that a first child is started for at once, ahead of its job
 * @returns a function that ends the watch
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
      // The exit of a child that has died is reported anyway.
      return send(message).catch(() => {})
    }
    child.on('message', ({ cmd }: { cmd: ParentCommand }) => {
      if (ENDS.has(cmd)) done(child)
    })
    child.on('exit', () => done(child))
    return child
  }
  // It fails only if the child has ended already.
  const kill = (child: Child) => children.kill(child, 'SIGKILL').catch(() => {})
  children.release = (child) => {
    if (busy.has(child) || (bytesOf(child.pid) ?? 0) > GROWN_BYTES) void kill(child)
    else release(child)
  }
  if (!guard)
    return () => {
      stopped = true
    }
  const check = async (child: Child, { id, attempt, since }: Running) => {
    const seconds = (performance.now() - since) / 1000
    const verdict = await guard.check({ id, attempt, seconds, bytes: bytesOf(child.pid) })
    if (!verdict || busy.get(child)?.since !== since) return
    await kill(child)
    await verdict()
  }
  let checking = false
  const timer = setInterval(async () => {
    if (checking) return
    checking = true
    const checks = [...busy].map(([child, running]) => running && check(child, running))
    for (const result of await Promise.allSettled(checks))
      if (result.status === 'rejected') onError(errorOf(result.reason))
    checking = false
  }, CHECK_MS)
  timer.unref()
  return () => {
    stopped = true
    clearInterval(timer)
  }
}

/**
 * Returns an idle child or starts one. BullMQ's own `retain` waits forever for a child that ends before it is ready,
 * and with it waits the job, whose lease goes on being renewed.
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
      // The error that is thrown here matters, not a child that has ended already.
      void children.kill(child).catch(() => {})
      throw error
    }
  }
  children.retained[child.pid] = child
  return child
}

/** Starts a child that waits for its first job. Never rejects. */
async function startAhead(children: ChildPool, processor: string, stopped: () => boolean): Promise<void> {
  try {
    const child = await retain(children, processor)
    delete children.retained[child.pid]
    if (stopped()) await children.kill(child)
    else children.getFree(processor).push(child)
  } catch {
    // The first job starts a child itself, and fails with the reason.
  }
}

function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

/** Returns the resident memory of a process in bytes; null if the system does not tell it (other than Linux). */
function bytesOf(pid: number): number | null {
  try {
    const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kb === undefined ? null : Number(kb) * 1024
  } catch {
    return null
  }
}
