import { expect, it } from 'vitest'
import { tracedPhases } from '../../../src/jobs/attempt/traced-phases.ts'
import type { Progress } from '../../../src/jobs/records/records.ts'
import type { Tracing } from '../../../src/runtime/tracing.ts'

const nothing: Progress = {
  phase: 'start',
  epoch: null,
  epochs: null,
  fold: null,
  loss: null,
  valLoss: null,
  etaSeconds: null,
}

/** Tracing that notes its calls, and a reporter that notes what it is told. */
function traced() {
  const notes: unknown[] = []
  const tracing: Pick<Tracing, 'begin'> = {
    begin: (name, kind, parent, attributes) => {
      notes.push(['begin', name, kind, parent, attributes])
      return {
        context: `of ${name}`,
        set: (more) => void notes.push(['set', name, more]),
        end: (failure) => void notes.push(['end', name, failure]),
      }
    },
  }
  const told: unknown[] = []
  const reporter = {
    progress: async ({ phase }: Progress) => void told.push(phase),
    log: async (line: string) => void told.push(line),
  }
  const whole: Tracing = { ...tracing, flush: async () => {}, close: async () => {} }
  return { notes, told, ...tracedPhases(whole, reporter, 'parent', { job: 'j' }) }
}

it('each phase of an attempt has a span, and progress within it none', async () => {
  const { notes, told, reporter, end } = traced()
  for (const phase of ['start', 'fit', 'fit', 'publish'] as const)
    await reporter.progress({ ...nothing, phase })
  await reporter.log('a line')
  end('completed')
  expect(told).toEqual(['start', 'fit', 'fit', 'publish', 'a line'])
  expect(notes).toEqual([
    ['begin', 'attempt', 'internal', 'parent', { job: 'j' }],
    ['begin', 'start', 'internal', 'of attempt', undefined],
    ['end', 'start', undefined],
    ['begin', 'fit', 'internal', 'of attempt', undefined],
    ['end', 'fit', undefined],
    ['begin', 'publish', 'internal', 'of attempt', undefined],
    ['end', 'publish', undefined],
    ['set', 'attempt', { 'fitserve.job.state': 'completed' }],
    ['end', 'attempt', undefined],
  ])
})

it('a failure ends the phase and the attempt, which has no state then', async () => {
  const { notes, reporter, end } = traced()
  await reporter.progress({ ...nothing, phase: 'read' })
  end(undefined, 'It broke.')
  expect(notes.slice(2)).toEqual([
    ['end', 'read', 'It broke.'],
    ['end', 'attempt', 'It broke.'],
  ])
  const early = traced()
  early.end(undefined, 'It broke.')
  expect(early.notes.slice(1)).toEqual([['end', 'attempt', 'It broke.']])
})
