import { lowerPriority } from './priority.ts'

/**
 * Runs this process as a helper (see `HelperProcess`): it answers the messages of the process that started it until that
 * one is gone, below the priority of predictions.
 * @param answer checks a message, does its task and returns the reply; it must not reject
 */
export function serveTasks(answer: (message: unknown) => Promise<object>): void {
  lowerPriority()
  process.on('disconnect', () => process.exit(0))
  process.on('message', (message) => {
    answer(message).then((reply) => process.send?.(reply))
  })
}

/** Returns what is to be known of an error that no task should end with: its stack. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
