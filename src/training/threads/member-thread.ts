import { parentPort, workerData } from 'node:worker_threads'
import { FitserveError } from '../../errors.ts'
import { TimeLimit } from '../budget.ts'
import type { FitCheckpoint } from '../checkpoints/checkpoints.ts'
import { epochMetrics } from '../epoch-metrics.ts'
import { fitNetwork } from '../fit.ts'
import { DUE, MemberCommand, type MemberMessage, type MemberTask } from './member-messages.ts'

// Program of a thread: it fits one network of an ensemble, and ends.

const port = parentPort
if (!port) throw new Error('this program runs in a thread')
const task = workerData as MemberTask
const stop = new AbortController()
const say = (message: MemberMessage) => port.postMessage(message)

/** Resolves the wait for an answer: to go on with an epoch, or that a state has been kept. */
let answered: (() => void) | null = null
const ask = async (message: MemberMessage) => {
  const answer = new Promise<void>((resolve) => {
    answered = resolve
  })
  say(message)
  await answer
  stop.signal.throwIfAborted()
}
port.on('message', (message: unknown) => {
  const { kind } = MemberCommand.parse(message)
  if (kind === 'stop') stop.abort(new Error('stopped'))
  answered?.()
})

const checkpoint: FitCheckpoint | null = task.checkpoint
  ? {
      kept: task.checkpoint.kept,
      keptTrees: null,
      due: () => Atomics.load(task.flags, DUE) === 1,
      save: async (state) => {
        if ('weights' in state) await ask({ kind: 'state', state })
      },
      // The other side keeps the result of a fit that has ended.
      end: async () => {},
    }
  : null

try {
  const result = await fitNetwork({
    ...task,
    metricsOf: (scored) => epochMetrics(task.recipe, task.target, scored),
    onProgress: async (progress) => say({ kind: 'progress', progress }),
    signal: stop.signal,
    time: task.timeMs === null ? undefined : new TimeLimit(task.timeMs),
    ...(task.inTurns ? { turn: () => ask({ kind: 'turn' }) } : {}),
    checkpoints: checkpoint ? { next: () => checkpoint } : undefined,
  })
  say({ kind: 'ended', result })
} catch (error) {
  const code = error instanceof FitserveError ? error.code : null
  say({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) })
} finally {
  port.close()
}
