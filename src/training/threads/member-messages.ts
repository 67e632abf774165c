import { z } from 'zod'
import type { TargetState } from '../../models/target.ts'
import type { FitState } from '../checkpoints/checkpoints.ts'
import type { FitInput, FitProgress, FitResult } from '../fit.ts'

/** A thread's task: to fit one network. Large arrays are shared with the other threads, not copied. */
export interface MemberTask
  extends Omit<FitInput, 'metricsOf' | 'onProgress' | 'signal' | 'checkpoints' | 'turn' | 'time'> {
  target: TargetState
  /** State that an earlier process left. Default: no checkpoints are kept. */
  checkpoint?: { kept: FitState | null }
  /** True where it must ask for its turn before every epoch. */
  inTurns: boolean
  /** Milliseconds that it has from its start; null: no limit. Clocks of threads do not begin at the same moment. */
  timeMs: number | null
  /** Shared: at `DUE` 1 where the network's state is to be sent at the end of the epoch. */
  flags: Int32Array
}

/** Places in a task's flags. */
export const DUE = 0

/** A thread's message to the one that started it. */
export type MemberMessage =
  | { kind: 'turn' }
  | { kind: 'progress'; progress: FitProgress }
  | { kind: 'state'; state: FitState }
  | { kind: 'ended'; result: FitResult }
  | { kind: 'failed'; code: string | null; message: string }

/** A message to a thread, beside its task. */
export const MemberCommand = z.object({ kind: z.enum(['go', 'saved', 'stop']) })
export type MemberCommand = z.infer<typeof MemberCommand>
