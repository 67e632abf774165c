import type { TreeKernels } from './kernels.ts'

/*
 * The sums of a leaf are divided among threads by columns: a task is a run of groups of columns. A task's sums do not
 * depend on the thread that does it, so the trees are the same, bit for bit, whatever the number of threads. A thread that
 * is late takes nothing, and the others do not wait for it.
 */

/** 32-bit numbers in which threads agree on their work: those below, then the arguments of the kernel and the tasks. */
export const CONTROL_WORDS = 4_096

/** The number of the round times `MOST_TASKS`, plus its tasks that are still open. A thread takes the last one. */
const OPEN = 0
/** Tasks of the round that are done. */
const DONE = 1
/** 1 once no round will follow. */
const CLOSED = 2
/** Arguments of `treeHistogram` that all tasks share, in the order of `SumArguments`. */
const ARGUMENTS = 4
/** For each task the address of its first group, and their number. */
const FIRST_TASK = 16

/** Limit on the tasks of a round: a power of two, above the number of threads and of passes over the rows. */
const MOST_TASKS = 1_024

/** Looks at the open tasks before a thread sleeps: some 20 µs, about as long as it takes to wake one. */
const SPINS = 2_000
/** Milliseconds after which a task that a thread has taken must be done. */
const STUCK_MS = 60_000

/** Arguments of `treeHistogram` that all tasks share. */
export interface SumArguments {
  readonly bins: number
  readonly stride: number
  readonly rows: number
  readonly count: number
  readonly gradients: number
  readonly histogram: number
  /** 0: rows are not counted. */
  readonly counts: number
  /** Whether the rows are far from each other. */
  readonly apart: boolean
}

/** A run of groups: the address of the first entry, and their number. */
export interface SumTask {
  readonly groups: number
  readonly width: number
}

/** Does a task. */
export function sumTask(kernels: TreeKernels, shared: SumArguments, { groups, width }: SumTask): void {
  const { bins, stride, rows, count, gradients, histogram, counts, apart } = shared
  const far = apart ? 1 : 0
  kernels.treeHistogram(bins, stride, rows, count, gradients, groups, width, histogram, counts, far)
}

/** Does all tasks of a round, fewer than `MOST_TASKS`, with the threads that are awake. Returns when they are done. */
export function sumTogether(
  control: Int32Array,
  kernels: TreeKernels,
  shared: SumArguments,
  tasks: readonly SumTask[],
): void {
  if (tasks.length >= MOST_TASKS) throw new RangeError('too many tasks')
  const { bins, stride, rows, count, gradients, histogram, counts, apart } = shared
  control.set([bins, stride, rows, count, gradients, histogram, counts, apart ? 1 : 0], ARGUMENTS)
  for (const [at, { groups, width }] of tasks.entries()) control.set([groups, width], FIRST_TASK + 2 * at)
  Atomics.store(control, DONE, 0)
  Atomics.store(control, OPEN, nextRound(control) + tasks.length)
  Atomics.notify(control, OPEN)
  while (doOne(control, kernels));
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(control, DONE) === tasks.length) return
  for (;;) {
    const done = Atomics.load(control, DONE)
    if (done === tasks.length) return
    if (Atomics.wait(control, DONE, done, STUCK_MS) === 'timed-out')
      throw new Error('A thread has not ended its part of the sums of a tree')
  }
}

/** Returns what `OPEN` is in the next round, without its tasks. */
function nextRound(control: Int32Array): number {
  return (Math.floor((Atomics.load(control, OPEN) >>> 0) / MOST_TASKS) + 1) * MOST_TASKS
}

/** Takes an open task and does it; false if none is open. */
function doOne(control: Int32Array, kernels: TreeKernels): boolean {
  const open = Atomics.load(control, OPEN)
  const left = open & (MOST_TASKS - 1)
  if (left === 0) return false
  if (Atomics.compareExchange(control, OPEN, open, open - 1) !== open) return true
  // The round does not end before this task is done, so that its arguments stay.
  const word = (at: number) => (control[at] ?? 0) >>> 0
  const shared = {
    bins: word(ARGUMENTS),
    stride: word(ARGUMENTS + 1),
    rows: word(ARGUMENTS + 2),
    count: word(ARGUMENTS + 3),
    gradients: word(ARGUMENTS + 4),
    histogram: word(ARGUMENTS + 5),
    counts: word(ARGUMENTS + 6),
    apart: word(ARGUMENTS + 7) === 1,
  }
  const own = FIRST_TASK + 2 * (left - 1)
  sumTask(kernels, shared, { groups: word(own), width: word(own + 1) })
  Atomics.add(control, DONE, 1)
  Atomics.notify(control, DONE)
  return true
}

/** Does tasks of all rounds until they are closed: the work of a thread. */
export function sumUntilClosed(control: Int32Array, kernels: TreeKernels): void {
  let idle = 0
  while (Atomics.load(control, CLOSED) === 0) {
    const open = Atomics.load(control, OPEN)
    if (doOne(control, kernels)) idle = 0
    else if (idle++ > SPINS) {
      Atomics.wait(control, OPEN, open)
      idle = 0
    }
  }
}

/** Lets the threads end. */
export function closeSums(control: Int32Array): void {
  Atomics.store(control, CLOSED, 1)
  Atomics.store(control, OPEN, nextRound(control))
  Atomics.notify(control, OPEN)
}
