/** The time of the PostgreSQL server, in milliseconds since 1970. */
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/** Parameters of BullMQ's statements that hold the caller's time. */
const TIMES: Readonly<Record<string, readonly number[]>> = {
  add_job_scheduler: [8],
  extend_lock: [5],
  move_active_to_wait: [4],
  move_stalled_jobs_to_wait: [3],
  move_to_completed: [5],
  move_to_failed: [6],
  update_job_scheduler_next_millis: [6],
}
/** The same for statements that take a job; the last parameter is the time at which the job begins. */
const TAKES: Readonly<Record<string, readonly number[]>> = {
  move_to_active: [4],
  move_to_completed_fetch: [5, 10],
  move_to_failed_fetch: [6, 11],
}

/** The statement that renews several leases calls no function. */
const EXTEND_LOCKS = 'SET locked_until_ms = $5::bigint + $4::bigint'
/** The end of a delay, and the delay that the caller added to its own time. */
const DELAY = 'move_to_delayed($1, $2, $3, $4, $5,'
/** The time of the next delayed job, which the worker compares with its own time. */
const NEXT_DELAY = 'SELECT rate_limit_ttl, next_delay FROM next_signal($1, $2, $3)'

/**
 * Returns BullMQ's statement with the server's time wherever BullMQ passes the time of its own machine. Leases and
 * delays of all processes are then by one clock: with their own, a worker whose clock is behind would have its jobs
 * taken away as if it had died. A time that is given back is by the caller's clock again. Other statements are returned
 * as they are.
 */
export function byServerClock(statement: string): string {
  if (statement.includes(EXTEND_LOCKS)) return withServerTime(statement, [5])
  if (statement.includes(DELAY))
    return statement.replace(DELAY, () => `move_to_delayed($1, $2, $3, ${inPlaceOf(4)} + $5::bigint, $5,`)
  if (statement.includes(NEXT_DELAY)) {
    const own = `next_delay - ${NOW} + $3::bigint AS next_delay`
    return statement.replace(
      NEXT_DELAY,
      () => `SELECT rate_limit_ttl, ${own} FROM next_signal($1, $2, ${NOW})`,
    )
  }
  const [, called = ''] = /\b(?:SELECT|FROM) (\w+)\(/.exec(statement) ?? []
  const taking = TAKES[called]
  return taking ? takenAt(statement, called, taking) : withServerTime(statement, TIMES[called] ?? [])
}

/**
 * Returns a statement that takes a job. The worker compares the begin with its own time to see when to renew the lease,
 * so it gets that by the caller's clock; the queue keeps it by the server's. Of two columns of one name the later one
 * counts.
 */
function takenAt(statement: string, called: string, parameters: readonly number[]): string {
  const begun = `taken.processed_at_ms - ${NOW} + $${parameters.at(-1)}::bigint AS processed_at_ms`
  const [before = '', call = ''] = withServerTime(statement, parameters).split(`SELECT * FROM ${called}(`)
  return `${before}SELECT taken.*, ${begun} FROM ${called}(${call.replace(/;\s*$/, ' AS taken;')}`
}

function withServerTime(statement: string, parameters: readonly number[]): string {
  return parameters.reduce(
    (text, parameter) => text.replace(new RegExp(`\\$${parameter}(?!\\d)`, 'g'), () => inPlaceOf(parameter)),
    statement,
  )
}

/** PostgreSQL refuses a parameter that does not occur, so the caller's time stays in the statement without effect. */
function inPlaceOf(parameter: number): string {
  return `(0 * $${parameter}::bigint + ${NOW})`
}
