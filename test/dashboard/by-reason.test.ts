import { expect, it } from 'vitest'
import { byReason } from '../../src/dashboard/pages/operations/by-reason.ts'

const failed = (id: number, type: string) => ({ id, error: { type, title: type.toUpperCase() } })

it('groups failed jobs by the kind of their errors, the most frequent one and the newest job of each first', () => {
  const jobs = [
    failed(9, 'late'),
    failed(8, 'memory'),
    { id: 7, error: null },
    failed(6, 'memory'),
    failed(5, 'late'),
    failed(4, 'memory'),
  ]
  expect(byReason(jobs).map(({ title, jobs: of }) => [title, of.map(({ id }) => id)])).toEqual([
    ['MEMORY', [8, 6, 4]],
    ['LATE', [9, 5]],
    [null, [7]],
  ])
  expect(byReason([])).toEqual([])
})
