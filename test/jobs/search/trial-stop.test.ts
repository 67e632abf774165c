import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { historyOf } from '../../../src/evaluation/history.ts'
import { endedOutside } from '../../../src/jobs/records/outcomes.ts'
import { TrialStop, TrialStopped } from '../../../src/jobs/search/trial-stop.ts'
import { progressOf } from '../../../src/training-contract.ts'
import { fixture, order } from '../fixture.ts'

/** A search with seven trials, of which the first five may be ended with values of a column in each epoch. */
async function search(recipe: object = {}, metric?: string) {
  const { submit, records } = await fixture()
  const over = { batchSize: [1, 2, 3, 4, 5, 6, 7] }
  const { id } = await submit({
    ...order,
    recipe: { ...order.recipe, ...recipe, search: { type: 'grid', over, ...(metric ? { metric } : {}) } },
  })
  const children = (await records.findTraining(id))?.children ?? []
  const end = async (number: number, values: number[] | null, column = 'valLoss') => {
    const error = { type: 't', title: 't', detail: 'd' }
    const history = historyOf(
      (values ?? [1, 1, 1]).map((value) => ({ loss: 1, [column]: value })),
      column,
    )
    const outcome = { ...endedOutside('failed', error), history }
    await records.end(
      children[number - 1] ?? '',
      values ? { ...outcome, state: 'completed', error: null } : outcome,
    )
  }
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1)
  onTestFinished(() => clock.mockRestore())
  /** Watches a trial, which reports values one by one. Returns the number of reports after which it is stopped. */
  const watch = async (number: number) => {
    const record = await records.findTraining(children[number - 1] ?? '')
    if (!record) throw new Error('There is no such trial.')
    const stop = new TrialStop(records, record)
    const report = (values: Record<string, number>, more: object = { epochEnded: true }) =>
      stop.look(progressOf('fit', { values, ...more })).then(
        () => 'goes on',
        (error: unknown) => {
          if (error instanceof TrialStopped) return error.message
          throw error
        },
      )
    return { stop, report }
  }
  return { records, children, end, watch, clock }
}

const STOPPED = 'The trial has fallen behind.'

describe('a trial behind the first five', () => {
  it('is stopped in the third epoch in which it is worse than their median', async () => {
    const { end, watch } = await search()
    // The medians of the running averages: 3, 3, 3. Of the fifth there is no more than its failure.
    for (const [index, value] of [1, 2, 4, 9].entries()) await end(index + 1, [value, value, value])
    await end(5, null)
    const bad = await watch(6)
    expect(await bad.report({ valLoss: 5 })).toBe('goes on')
    expect(await bad.report({ valLoss: 5 }, { epochEnded: false }), 'no new values').toBe('goes on')
    expect(await bad.report({ loss: 5 }), 'no such value').toBe('goes on')
    expect(await bad.report({ valLoss: 5 })).toBe('goes on')
    expect(await bad.report({ valLoss: 5 })).toBe(STOPPED)
    const good = await watch(7)
    for (let epoch = 1; epoch < 5; epoch += 1) expect(await good.report({ valLoss: 2.9 })).toBe('goes on')
  })

  it('is compared by the metric of the search, where a larger value may be better', async () => {
    const { end, watch } = await search({}, 'valAccuracy')
    for (let number = 1; number <= 5; number += 1) await end(number, [0.8, 0.8, 0.8], 'valAccuracy')
    const good = await watch(6)
    const bad = await watch(7)
    for (const [epoch, expected] of ['goes on', 'goes on', STOPPED].entries()) {
      expect(await good.report({ valAccuracy: 0.9, valLoss: 9 }), `epoch ${epoch + 1}`).toBe('goes on')
      expect(await bad.report({ valAccuracy: 0.7, valLoss: 0 })).toBe(expected)
    }
  })

  it('with folds is compared fold by fold', async () => {
    const { records, children, watch } = await search({ validation: { kFold: 4 } })
    const folds = [{ valLoss: [9, 1] }, { valLoss: [9, 1] }, { valLoss: [9, 1] }]
    for (const child of children.slice(0, 5)) {
      const history = { ...historyOf([{ loss: 1, valLoss: 1 }], 'valLoss'), folds }
      const failed = endedOutside('failed', { type: 't', title: 't', detail: 'd' }, { history })
      await records.end(child, { ...failed, state: 'completed', error: null })
    }
    const { report } = await watch(6)
    const fold = { foldValues: { valLoss: 2 } }
    for (let epoch = 0; epoch < 5; epoch += 1) expect(await report({ valLoss: 9 })).toBe('goes on')
    expect(await report({}, fold)).toBe('goes on')
    expect(await report({}, fold)).toBe('goes on')
    expect(await report({}, fold)).toBe(STOPPED)
  })

  it('waits until all of the first five have ended, and looks for that once a second', async () => {
    const { records, end, watch, clock } = await search()
    for (let number = 1; number <= 4; number += 1) await end(number, [1, 1, 1])
    const { report } = await watch(6)
    const outcome = vi.spyOn(records, 'outcome')
    for (let epoch = 0; epoch < 4; epoch += 1) expect(await report({ valLoss: 5 })).toBe('goes on')
    expect(outcome, 'the fifth has not ended').toHaveBeenCalledTimes(5)
    await end(5, [1, 1, 1])
    outcome.mockClear()
    clock.mockReturnValue(1_000.9)
    expect(await report({ valLoss: 5 })).toBe('goes on')
    expect(outcome).not.toHaveBeenCalled()
    clock.mockReturnValue(1_001)
    expect(await report({ valLoss: 5 })).toBe(STOPPED)
    expect(outcome).toHaveBeenCalledTimes(5)
    expect(await report({ valLoss: 5 })).toBe(STOPPED)
    expect(outcome, 'what has ended is not read again').toHaveBeenCalledTimes(5)
  })
})

describe('a trial that is not compared', () => {
  it('is one of the first five', async () => {
    const { records, end, watch } = await search()
    for (let number = 1; number <= 4; number += 1) await end(number, [1, 1, 1])
    const outcome = vi.spyOn(records, 'outcome')
    const { report } = await watch(5)
    for (let epoch = 0; epoch < 5; epoch += 1) expect(await report({ valLoss: 99 })).toBe('goes on')
    expect(outcome).not.toHaveBeenCalled()
  })

  it('is that of a search whose record is gone, and a job that is no trial', async () => {
    const { records, children, end, watch } = await search()
    for (let number = 1; number <= 5; number += 1) await end(number, [1, 1, 1])
    const record = await records.findTraining(children[5] ?? '')
    if (!record) throw new Error('There is no such trial.')
    const kinds = [
      { ...record, parent: null },
      { ...record, parent: '00000000-0000-7000-8000-000000000000' },
      { ...record, part: null },
      { ...record, part: { kind: 'fold' as const, number: 6, fold: 6, repeat: 1 } },
    ]
    for (const each of kinds) {
      const stop = new TrialStop(records, each)
      for (let epoch = 0; epoch < 5; epoch += 1)
        await stop.look(progressOf('fit', { values: { valLoss: 99 }, epochEnded: true }))
    }
    const { report } = await watch(6)
    for (let epoch = 0; epoch < 2; epoch += 1) await report({ valLoss: 99 })
    expect(await report({ valLoss: 99 })).toBe(STOPPED)
  })
})
