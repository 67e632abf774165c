import { SHARE_ENV, Worker } from 'node:worker_threads'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import type { TargetState } from '../../models/target.ts'
import { threadProgram } from '../../runtime/thread-program.ts'
import { endState, type FitCheckpoint } from '../checkpoints/checkpoints.ts'
import type { Examples } from '../engine.ts'
import type { FitInput, FitProgress, FitResult } from '../fit.ts'
import { DUE, type MemberCommand, type MemberMessage, type MemberTask } from './member-messages.ts'
import { MemberTurns } from './member-turns.ts'

/** Milliseconds that a thread may take to stop, since it reads its messages only between steps. */
const STOP_MS = 2_000

/** Input of `fitInThreads`. */
export interface ThreadedInput extends Omit<FitInput, 'onProgress' | 'checkpoints'> {
  target: TargetState
  /** Called with the number of the network. */
  onProgress: (member: number, progress: FitProgress) => Promise<void>
  /** Each network's checkpoint, in order; null: none are kept. */
  checkpoints: readonly FitCheckpoint[] | null
}

/**
 * Fits networks in threads of this process, which share the rows. A network depends on its seed alone, so it is the
 * same as if they were fitted one after the other. Where the last ones are fewer than may be fitted at once, they take
 * turns with those before them, epoch by epoch: three networks on two cores take as long as one and a half, not two.
 * @param seeds one for each network
 * @param threads networks that are fitted at once
 * @throws what `fitNetwork` throws, of the first network that fails; the others are stopped
 */
export async function fitInThreads(
  input: ThreadedInput,
  seeds: readonly number[],
  threads: number,
): Promise<FitResult[]> {
  const { recipe, signal } = input
  const training = sharedExamples(input.training)
  const validation = input.validation && sharedExamples(input.validation)
  const stop = new AbortController()
  const results: FitResult[] = []
  const turns = new MemberTurns(threads)
  const rest = seeds.length % threads
  const working: Promise<void>[] = []
  let next = 0
  const open = () => {
    working.push(work().catch((error: unknown) => stop.abort(error)))
  }
  const work = async () => {
    while (next < seeds.length && !stop.signal.aborted) {
      const member = next++
      if (next === seeds.length - rest) for (let more = 0; more < rest; more++) open()
      const { plan, epochs, classWeights, target } = input
      const task = {
        recipe: { ...recipe, seed: seeds[member] ?? recipe.seed },
        plan,
        epochs,
        classWeights,
        target,
        training,
        validation,
        inTurns: rest > 0,
        timeMs: input.time?.share(shareOf(member, seeds.length, threads)).leftMs() ?? null,
      }
      const onProgress = (progress: FitProgress) => input.onProgress(member, progress)
      const checkpoint = input.checkpoints?.[member] ?? null
      results[member] = await fitInThread(task, { onProgress, checkpoint, turns, signal: stop.signal })
    }
  }
  const onAbort = () => stop.abort(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for (let number = 0; number < threads; number++) open()
    // More threads are started while these work.
    for (const each of working) await each
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  stop.signal.throwIfAborted()
  return results
}

/**
 * Returns the part of the time left that a network may take when it is begun: as many as there are threads are fitted at
 * once, and the last ones together with those before them.
 */
function shareOf(member: number, members: number, threads: number): number {
  const lastGroup = members - (members % threads) - threads
  return member >= lastGroup ? 1 : threads / (members - (member - (member % threads)))
}

interface MemberWatch {
  onProgress: (progress: FitProgress) => Promise<void>
  checkpoint: FitCheckpoint | null
  /** Turns of the networks that share the threads. */
  turns: MemberTurns
  signal: AbortSignal
}

async function fitInThread(
  task: Omit<MemberTask, 'flags' | 'checkpoint'>,
  { onProgress, checkpoint, turns, signal }: MemberWatch,
): Promise<FitResult> {
  const flags = new Int32Array(new SharedArrayBuffer(4))
  const workerData: MemberTask = { ...task, flags }
  if (checkpoint) workerData.checkpoint = { kept: checkpoint.kept }
  // TensorFlow reads how many threads it may have from the process's own environment, not from a thread's copy.
  const worker = new Worker(threadProgram(import.meta.url, 'member-thread'), {
    workerData,
    execArgv: [],
    env: SHARE_ENV,
  })
  const tell = (kind: MemberCommand['kind']) => worker.postMessage({ kind } satisfies MemberCommand)
  let atWork = false
  const endTurn = () => {
    if (atWork) turns.end()
    atWork = false
  }
  const take = async (message: MemberMessage): Promise<FitResult | undefined> => {
    if (message.kind === 'failed') throw failureOf(message)
    if (message.kind === 'turn') {
      endTurn()
      await turns.take()
      atWork = true
      tell('go')
    } else if (message.kind === 'progress') {
      await onProgress(message.progress)
      Atomics.store(flags, DUE, checkpoint?.due() ? 1 : 0)
    } else if (message.kind === 'state') {
      Atomics.store(flags, DUE, 0)
      await checkpoint?.save(message.state)
      tell('saved')
    } else {
      // A fit that an earlier process had ended is kept already.
      if (checkpoint?.kept?.next !== null) await checkpoint?.end(endState(message.result))
      return message.result
    }
    return undefined
  }
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    tell('stop')
    timer = setTimeout(() => void worker.terminate(), STOP_MS)
  }
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  try {
    return await new Promise<FitResult>((resolve, reject) => {
      // One after the other: a state is kept only after the epochs before it were reported.
      let turn = Promise.resolve()
      worker.on('message', (message: MemberMessage) => {
        turn = turn.then(() => take(message)).then((result) => result && resolve(result), reject)
      })
      worker.on('error', reject)
      worker.once('exit', () => {
        turn.then(() => reject(new Error('A thread that fitted a network ended before it had done')), reject)
      })
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort, { once: true })
    })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    // The thread may still run, waiting for an answer.
    onAbort()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    await exited
    clearTimeout(timer)
    endTurn()
  }
}

function failureOf({ code, message }: Extract<MemberMessage, { kind: 'failed' }>): Error {
  return code === null ? new Error(message) : new FitserveError(code as ErrorCode, message)
}

/** Copies rows into memory that threads share. */
function sharedExamples({ rows, inputs, targets, ...rest }: Examples): Examples {
  return {
    ...rest,
    inputs,
    rows: {
      rows: rows.rows,
      width: rows.width,
      offsets: shared(rows.offsets, Uint32Array),
      indices: shared(rows.indices, Uint32Array),
      values: shared(rows.values, Float32Array),
    },
    targets: shared(targets, Float32Array),
  }
}

function shared<T extends Uint32Array | Float32Array>(
  values: T,
  make: new (buffer: SharedArrayBuffer) => T,
): T {
  const copy = new make(new SharedArrayBuffer(values.byteLength))
  copy.set(values)
  return copy
}
