import { parentPort, workerData } from 'node:worker_threads'
import { FitserveError } from '../../errors.ts'
import { atOnce } from '../../runtime/steps.ts'
import { buffersOf } from '../files/buffers.ts'
import { type PredictorFiles, preparedSteps } from '../files/prepared.ts'
import type { PreparingReply } from './preparing.ts'

const say = (reply: PreparingReply, transfer: readonly ArrayBuffer[] = []) =>
  parentPort?.postMessage(reply, transfer)

/** Reads the model that this thread was given, and transfers it to the thread that asked. */
export function answer(): void {
  try {
    const model = atOnce(preparedSteps(workerData as PredictorFiles))
    say({ kind: 'prepared', model }, buffersOf([model.tables, model.members]))
  } catch (error) {
    const told = error instanceof Error ? error : new Error(String(error))
    const code = told instanceof FitserveError ? told.code : null
    const cause = told.cause instanceof Error ? told.cause.message : null
    say({ kind: 'failed', code, message: told.message, cause })
  }
}
