import { workerData } from 'node:worker_threads'
import { z } from 'zod'
import { SharedMemory } from '../../runtime/kernel-memory.ts'
import { treeKernels } from './kernels.ts'
import { CONTROL_WORDS, sumUntilClosed } from './sum-tasks.ts'

// Program of a thread: it sums rows of growing trees, and ends with the fit.

/** @see SumThreads */
const Task = z.object({ memory: SharedMemory, control: z.number() })

const { memory, control } = Task.parse(workerData)
sumUntilClosed(new Int32Array(memory.buffer, control, CONTROL_WORDS), treeKernels(memory))
