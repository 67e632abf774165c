// Writes docs/decisions/README.md, the index of the decisions; with --check it only says whether the index is up to
// date.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decisionFaults, decisionIndex, readDecisions } from './decisions/read.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const index = `${root}/docs/decisions/README.md`
const decisions = readDecisions(root)
const faults = decisionFaults(root, decisions)
const wanted = decisionIndex(decisions)

for (const fault of faults) console.error(fault)
if (!process.argv.includes('--check')) writeFileSync(index, wanted)
else if (readFileSync(index, 'utf8') !== wanted) {
  console.error('docs/decisions/README.md is out of date. Run: npm run decisions')
  process.exitCode = 1
}
if (faults.length > 0) process.exitCode = 1
