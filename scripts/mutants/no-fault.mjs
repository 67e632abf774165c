import { beforeAll, beforeEach, inject } from 'vitest'
import { comeBySince } from './prepared-faults.mjs'

/** A thread that is kept still has the fault of its last run. Test files are to be loaded without one. */
const stryker = globalThis[inject('globalNamespace')]
if (stryker !== undefined) stryker.activeMutant = undefined

/**
 * What a hook does ahead of several tests counts for each test after it. Stryker runs a fault with the tests that came by it,
 * and would leave these out: tests of an API that a hook has built, or of a model that it has trained.
 */
if (stryker !== undefined && inject('mode') !== 'mutant') {
  let before = {}
  beforeAll(() => {
    before = { ...stryker.mutantCoverage?.static }
  })
  beforeEach(() => {
    const { mutantCoverage, currentTestId } = stryker
    if (mutantCoverage === undefined) return
    mutantCoverage.perTest[currentTestId] ??= {}
    const own = mutantCoverage.perTest[currentTestId]
    for (const [fault, count] of comeBySince(before, mutantCoverage.static))
      own[fault] = (own[fault] ?? 0) + count
  })
}

const without = process.env.MUTANTS_WITHOUT ?? ''
if (without !== '') {
  const left = new RegExp(without)
  beforeEach(({ task, skip }) => skip(left.test(task.name)))
}
