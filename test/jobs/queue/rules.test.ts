import { expect, it } from 'vitest'
import { attemptsOf, isInDoubt } from '../../../src/jobs/queue/bullmq-backend.ts'
import { choreHandler } from '../../../src/jobs/queue/chore-handler.ts'
import type { Chore } from '../../../src/jobs/queue/chores.ts'

const counted = (attemptsStarted: number, more: { passed?: number; begun?: number }) => ({
  attemptsStarted,
  data: { jobId: 'j', ...more },
})

it.each([
  [counted(1, {}), 1, false],
  [counted(3, { passed: 2 }), 1, true],
  [counted(3, { passed: 2, begun: 3 }), 1, false],
  [counted(4, { passed: 2, begun: 3 }), 2, true],
  [counted(1, { passed: 0, begun: 2 }), 1, false],
  [counted(1, { passed: 3 }), 0, true],
])('%o is attempt %i, and may still have to wait: %s', (job, attempts, doubt) => {
  expect([attemptsOf(job), isInDoubt(job)]).toEqual([attempts, doubt])
})

it('a chore goes to the function of its kind', async () => {
  const seen: unknown[] = []
  const handle = choreHandler({
    webhook: async (chore) => void seen.push(['webhook', chore]),
    failing: async () => {
      throw new Error('It does not work.')
    },
  })
  const chore = (data: object): Chore => ({ id: 'c', data: { ...data }, attempt: 1, last: false, due: null })
  await handle(chore({ kind: 'webhook', job: 'j' }))
  expect(seen).toEqual([['webhook', chore({ kind: 'webhook', job: 'j' })]])
  await expect(handle(chore({ kind: 'failing' }))).rejects.toThrow('It does not work.')
  for (const kind of ['other', 'toString', '__proto__'])
    await expect(handle(chore({ kind }))).rejects.toThrow(new TypeError(`Unknown kind of chore: ${kind}`))
  await expect(handle(chore({}))).rejects.toMatchObject({ name: 'ZodError' })
  expect(seen).toHaveLength(1)
})
