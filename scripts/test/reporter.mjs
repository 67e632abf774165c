import { writeFileSync } from 'node:fs'

/**
 * A reporter for vitest that writes, for each file, what passed, was skipped, needed a second try and failed. A test
 * that neither passed nor was skipped has failed; so has a file that does not load, a hook that throws, an error
 * outside of any test, and a test that never ended.
 */
export default class CountingReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const outside = unhandledErrors.map((error) => `outside of any test: ${briefly(error)}`)
    const report = { files: modules.map(countFile), outside }
    writeFileSync(process.env.FITSERVE_TEST_REPORT, JSON.stringify(report))
  }
}

function countFile(module) {
  const name = module.relativeModuleId
  const counts = { name, passed: 0, skipped: [], flaky: [], failures: [] }
  for (const test of module.children.allTests()) {
    const { state, note, errors = [] } = test.result()
    const told = `${name}: ${test.fullName}: ${triesOf(errors)}`
    if (state === 'skipped') counts.skipped.push(note || `${name}: ${skippedPart(test)}`)
    else if (state !== 'passed') counts.failures.push(told)
    else counts.passed += 1
    if (state === 'passed' && test.diagnostic()?.flaky) counts.flaky.push(told)
  }
  for (const error of errorsOf(module)) counts.failures.push(`${name}: ${briefly(error)}`)
  if (!module.ok() && counts.failures.length === 0) counts.failures.push(`${name}: did not end well`)
  return counts
}

/** The errors of a test: those of its first try stand before those of its second. */
function triesOf(errors) {
  return [...new Set(errors.map(briefly))].join(' | then: ') || 'no message'
}

/** The errors of a file that did not load, or of the hooks of its groups. */
function errorsOf(module) {
  return [module, ...module.children.allSuites()].flatMap((part) => part.errors())
}

/** The beginning of a message in one line: a log may keep only its end, where the list of failures stands. */
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
