import { expect, it } from 'vitest'
import { openJobsOf } from '../../src/dashboard/pages/start/open-jobs.ts'

const STATES = { search: 'active', other: 'active', queued: 'queued', done: 'completed' } as const
type Known = keyof typeof STATES

const isKnown = (id: string): id is Known => id in STATES
const find = async (id: string) => (isKnown(id) ? [{ id, state: STATES[id] }] : [])
const workload = (running: readonly { id: string; parent: string | null }[], waiting: number) => ({
  running,
  waiting,
  next: [],
})
const idsOf = ({ running }: { running: readonly { id: string }[] }) => running.map(({ id }) => id)
const trial = (number: number) => ({ id: `trial-${number}`, parent: 'search' })

it('shows the job of which trials run, once', async () => {
  const open = await openJobsOf(workload([trial(1), trial(2), { id: 'other', parent: null }], 7), [], find)
  expect(idsOf(open)).toEqual(['search', 'other'])
  expect(open).toMatchObject({ waiting: 7, ended: false })
})

it('a trial that has left the queue ends no job, also while no other one has begun', async () => {
  const next = await openJobsOf(workload([trial(3)], 6), ['search'], find)
  expect([idsOf(next), next.ended]).toEqual([['search'], false])
  const between = await openJobsOf(workload([], 6), ['search'], find)
  expect([idsOf(between), between.ended]).toEqual([['search'], false])
})

it.each(['done', 'deleted', 'queued'])('tells that a job which ran is now %s', async (id) => {
  const open = await openJobsOf(workload([{ id: 'other', parent: null }], 0), [id, 'other'], find)
  expect([idsOf(open), open.ended]).toEqual([['other'], true])
})

it('asks for a bounded number of jobs', async () => {
  const asked: string[] = []
  const running = Array.from({ length: 200 }, (_, at) => ({ id: `job-${at}`, parent: null }))
  const open = await openJobsOf(workload(running, 0), [], async (id) => {
    asked.push(id)
    return [{ id, state: 'active' as const }]
  })
  expect(asked).toHaveLength(10)
  expect(open.running).toHaveLength(10)
})
