import { parentPort, workerData } from 'node:worker_threads'
import { FitserveError } from '../errors.ts'
import { atOnce } from '../turns.ts'
import { type PredictorFiles, type PreparedModel, preparedSteps } from './prepared.ts'
import type { PreparingReply } from './preparing.ts'

const say = (reply: PreparingReply, transfer: readonly ArrayBuffer[] = []) =>
  parentPort?.postMessage(reply, transfer)

/** The memory of a model's arrays. */
function buffersOf({ tables, members }: PreparedModel): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>()
  const look = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer) found.add(value.buffer)
    } else if (typeof value === 'object' && value !== null)
      for (const each of Object.values(value)) look(each)
  }
  look(tables)
  look(members)
  return [...found]
}

/** Reads the model that this thread was given, and hands it over. */
export function answer(): void {
  try {
    const model = atOnce(preparedSteps(workerData as PredictorFiles))
    say({ kind: 'prepared', model }, buffersOf(model))
  } catch (error) {
    const told = error instanceof Error ? error : new Error(String(error))
    const code = told instanceof FitserveError ? told.code : null
    const cause = told.cause instanceof Error ? told.cause.message : null
    say({ kind: 'failed', code, message: told.message, cause })
  }
}
