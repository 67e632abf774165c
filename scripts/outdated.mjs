import { asTable, npmJson } from './supply/npm.mjs'
import { outdatedRows } from './supply/outdated.mjs'

// `npm run outdated`: the direct dependencies of which there is a newer version, with what changes and how old the own
// version is. It changes nothing and always succeeds: what to take, and when, is decided by reading change logs.
const outdated = await npmJson(['outdated', '--json'])
/** @type {Record<string, Record<string, string>>} */
const times = {}
for (const name of Object.keys(outdated))
  times[name] = await npmJson(['view', name, 'time', '--json']).catch(() => ({}))
const rows = outdatedRows(outdated, (name, version) => times[name]?.[version], Date.now())
if (rows.length > 0) console.log(`${asTable(['package', 'own', 'latest', 'step', 'days old'], rows)}\n`)
console.log(`${rows.length} of the direct dependencies have a newer version.`)
