import { beforeEach, inject } from 'vitest'

/** A thread that is kept still has the fault of its last run. Test files are to be loaded without one. */
const stryker = globalThis[inject('globalNamespace')]
if (stryker !== undefined) stryker.activeMutant = undefined

const without = process.env.MUTANTS_WITHOUT ?? ''
if (without !== '') {
  const left = new RegExp(without)
  beforeEach(({ task, skip }) => skip(left.test(task.name)))
}
