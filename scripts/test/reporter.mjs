import { writeFileSync } from 'node:fs'

/**
 * A reporter for vitest that counts. Whatever did not pass and was not skipped has failed: a file that does
 * not load, a hook that throws, an error outside of any test, a test that never came to its end.
 */
export default class CountingReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = {
      passed: 0,
      failed: unhandledErrors.length,
      skipped: 0,
      reasons: {},
      again: [],
      failures: [],
    }
    for (const error of unhandledErrors) counts.failures.push(`outside of any test: ${briefly(error)}`)
    for (const module of modules) {
      const before = counts.failed
      for (const test of module.children.allTests()) {
        const { state, note, errors } = test.result()
        if (state === 'passed') {
          counts.passed += 1
          if (test.diagnostic()?.flaky) counts.again.push(`${module.relativeModuleId}: ${test.fullName}`)
        } else if (state === 'skipped') {
          counts.skipped += 1
          const reason = note || `${module.relativeModuleId}: ${skippedPart(test)}`
          counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1
        } else {
          counts.failed += 1
          counts.failures.push(`${module.relativeModuleId}: ${test.fullName}: ${briefly(errors?.[0])}`)
        }
      }
      for (const error of errorsOf(module)) {
        counts.failed += 1
        counts.failures.push(`${module.relativeModuleId}: ${briefly(error)}`)
      }
      if (!module.ok() && counts.failed === before) {
        counts.failed += 1
        counts.failures.push(`${module.relativeModuleId}: did not end well`)
      }
    }
    writeFileSync(process.env.FITSERVE_TEST_COUNTS, JSON.stringify(counts))
  }
}

/** The errors of a file that did not load, or of the hooks of its groups. */
function errorsOf(module) {
  return [module, ...module.children.allSuites()].flatMap((part) => part.errors())
}

/** The beginning of a message in one line: a log may keep only its end, which the list of failures stands at. */
function briefly(error) {
  return String(error?.message ?? 'no message')
    .replace(/\s+/g, ' ')
    .slice(0, 600)
}

/** The outermost group of tests that was skipped as a whole, else the test itself. */
function skippedPart(test) {
  let part = test
  for (let group = test.parent; group.type === 'suite' && group.options.mode === 'skip'; group = group.parent)
    part = group
  return part.fullName
}
