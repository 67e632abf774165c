import { advisoriesOf, judged } from './supply/audit.mjs'
import { npmJson, readJson } from './supply/npm.mjs'

// `npm run audit`: asks the registry for known faults of all packages, and fails where one is neither mended nor answered
// in supply/audit-answers.json: {"GHSA-…": {"reason": "why it does not matter here", "until": "2026-12-31"}}.
const report = await npmJson(['audit', '--json'])
if (!report.vulnerabilities) {
  const { summary, detail } = report.error ?? {}
  console.error(`The registry did not answer: ${[summary, detail, report.message].filter(Boolean).join(' ')}`)
  process.exit(2)
}
const today = new Date().toISOString().slice(0, 10)
const answers = readJson('audit-answers.json')
const { open, accepted, stale } = judged(advisoriesOf(report), answers, today)
for (const { id, package: name, severity, title, url } of open)
  console.error(`${severity}: ${name}: ${title} (${id}, ${url})`)
for (const { id, package: name } of accepted) console.log(`accepted: ${name}: ${id}: ${answers[id].reason}`)
for (const id of stale) console.log(`no longer needed in audit-answers.json: ${id}`)
console.log(`${open.length} open, ${accepted.length} accepted`)
if (open.length > 0) process.exitCode = 1
