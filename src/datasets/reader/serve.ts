import { FitserveError } from '../../errors.ts'
import { serveTasks, stackOf } from '../../runtime/serve-tasks.ts'
import { Reply, Task } from '../messages.ts'
import { readDistributions } from './distributions.ts'
import { readOverlap } from './overlap.ts'
import { readPage } from './page.ts'
import { readFile } from './read-file.ts'
import { unpack } from './unpack.ts'

/**
 * Runs this process as a reader: it does one task at a time for the process that started it, and exits with it. It runs
 * at a lower priority than predictions do.
 */
export function serve(): void {
  serveTasks(async (message) => Reply.parse(await answerTask(message)))
}

/** Does a task and returns its result, or how it failed. It does not reject. */
export async function answerTask(message: unknown): Promise<Reply> {
  let kind: Task['kind'] | undefined
  try {
    const task = Task.parse(message)
    kind = task.kind
    return { kind: 'done', result: await resultOf(task) }
  } catch (error) {
    return (
      refusalOf(error, kind) ?? {
        kind: 'failed',
        message: stackOf(error),
      }
    )
  }
}

function resultOf(task: Task): Promise<unknown> {
  switch (task.kind) {
    case 'read':
      return readFile(task)
    case 'unpack':
      return unpack(task)
    case 'page':
      return readPage(task)
    case 'distributions':
      return readDistributions(task)
    case 'overlap':
      return readOverlap(task)
  }
}

function refusalOf(error: unknown, kind: Task['kind'] | undefined): Reply | undefined {
  if (
    error instanceof FitserveError &&
    (error.code === 'invalid-dataset' || error.code === 'payload-too-large')
  ) {
    return { kind: 'refused', code: error.code, message: error.message, problems: [...error.problems] }
  }
  if (error instanceof Error && /^out of memory error/i.test(error.message)) {
    // A table that is kept has been read once, and its client cannot change it.
    if (kind !== 'read' && kind !== 'unpack') {
      const message = 'The rows could not be read: they need more memory than the reader has'
      return { kind: 'refused', code: 'overloaded', message, problems: [] }
    }
    const message = 'The file could not be read: it needs more memory or scratch space than the reader has'
    return { kind: 'refused', code: 'invalid-dataset', message, problems: [] }
  }
  if (error instanceof Error && /no space left|ENOSPC/i.test(error.message)) {
    const message = 'There is no space left to read the upload'
    return { kind: 'refused', code: 'store-unavailable', message, problems: [] }
  }
  return undefined
}
