import { writeFileSync } from 'node:fs'

/**
 * A reporter for vitest that counts, file by file. Whatever did not pass and was not skipped has failed: a file that
 * does not load, a hook that throws, an error outside of any test, a test that never came to its end.
 */
export default class CountingReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const outside = unhandledErrors.map((error) => `outside of any test: ${briefly(error)}`)
    const report = { files: modules.map(countFile), outside }
    writeFileSync(process.env.FITSERVE_TEST_COUNTS, JSON.stringify(report))
  }
}

function countFile(module) {
  const name = module.relativeModuleId
  const counts = { name, passed: 0, skipped: [], failures: [] }
  for (const test of module.children.allTests()) {
    const { state, note, errors } = test.result()
    if (state === 'passed') counts.passed += 1
    else if (state === 'skipped') counts.skipped.push(note || `${name}: ${skippedPart(test)}`)
    else counts.failures.push(`${name}: ${test.fullName}: ${briefly(errors?.[0])}`)
  }
  for (const error of errorsOf(module)) counts.failures.push(`${name}: ${briefly(error)}`)
  if (!module.ok() && counts.failures.length === 0) counts.failures.push(`${name}: did not end well`)
  return counts
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
