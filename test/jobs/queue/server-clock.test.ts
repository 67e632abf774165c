import { expect, it } from 'vitest'
import { byServerClock } from '../../../src/jobs/queue/server-clock.ts'

const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'
const own = (parameter: number) => `(0 * $${parameter}::bigint + ${NOW})`

it.each([
  ['SELECT add_job_scheduler($1, $2, $3, $4, $5, $6, $7, $8, $80)', [8]],
  ['SELECT extend_lock($1, $2, $3, $4, $5) AS ok', [5]],
  ['SELECT move_active_to_wait($1, $2, $3, $4)', [4]],
  ['SELECT * FROM move_stalled_jobs_to_wait($1, $2, $3)', [3]],
  ['SELECT move_to_completed($1, $2, $3, $4, $5, $6)', [5]],
  ['SELECT move_to_failed($1, $2, $3, $4, $5, $6)', [6]],
  ['SELECT update_job_scheduler_next_millis($1, $2, $3, $4, $5, $6)', [6]],
])('%s has the time of the server', (statement, parameters) => {
  const expected = parameters.reduce(
    (text, parameter) => text.replace(new RegExp(`\\$${parameter}\\b`), () => own(parameter)),
    statement,
  )
  expect(byServerClock(statement)).toBe(expected)
  expect(expected).not.toBe(statement)
})

it('several leases that are renewed have it too', () => {
  expect(
    byServerClock('UPDATE job SET locked_until_ms = $5::bigint + $4::bigint WHERE id = $50 OR x = $5'),
  ).toBe(`UPDATE job SET locked_until_ms = ${own(5)}::bigint + $4::bigint WHERE id = $50 OR x = ${own(5)}`)
})

it('a delay ends after its length, by the clock of the server', () => {
  expect(byServerClock('SELECT move_to_delayed($1, $2, $3, $4, $5, $6)')).toBe(
    `SELECT move_to_delayed($1, $2, $3, ${own(4)} + $5::bigint, $5, $6)`,
  )
})

it('the time of the next delayed job is given back by the clock of the caller', () => {
  expect(byServerClock('SELECT rate_limit_ttl, next_delay FROM next_signal($1, $2, $3)')).toBe(
    `SELECT rate_limit_ttl, next_delay - ${NOW} + $3::bigint AS next_delay FROM next_signal($1, $2, ${NOW})`,
  )
})

it.each([
  ['SELECT * FROM move_to_active($1, $2, $3, $4, $5);', 'move_to_active', [4]],
  [
    'SELECT * FROM move_to_completed_fetch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);  ',
    'move_to_completed_fetch',
    [5, 10],
  ],
  [
    'SELECT * FROM move_to_failed_fetch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);',
    'move_to_failed_fetch',
    [6, 11],
  ],
])(
  '%s takes a job by the clock of the server, and tells its begin by that of the caller',
  (statement, name, parameters) => {
    const inner = parameters.reduce(
      (text, parameter) => text.replace(new RegExp(`\\$${parameter}\\b`), () => own(parameter)),
      statement.trimEnd().slice('SELECT * FROM '.length, -1),
    )
    expect(inner).toContain(name)
    expect(byServerClock(statement)).toBe(
      `SELECT taken.*, taken.processed_at_ms - ${NOW} + $${parameters.at(-1)}::bigint AS processed_at_ms FROM ${inner} AS taken;`,
    )
  },
)

it.each([
  'SELECT 1',
  'SELECT add_job($1, $2, $3, $4, $5)',
  'UPDATE job SET x = $5',
  'SELECT extend_locks($5)',
])('%s stays as it is', (statement) => {
  expect(byServerClock(statement)).toBe(statement)
})
