import { countLicences, refusedLicences } from './supply/licences.mjs'
import { asTable, lockedPackages, readJson } from './supply/npm.mjs'

// `npm run licences`: counts the licences of all packages, and fails where one is not allowed by supply/licences.json.
const packages = lockedPackages()
const rules = readJson('licences.json')
const running = packages.filter(({ dev }) => !dev)
const inRunning = new Map(countLicences(running))
const rows = countLicences(packages).map(([licence, count]) => [
  licence,
  String(inRunning.get(licence) ?? 0),
  String(count),
])
console.log(asTable(['licence', 'in the service', 'with development'], rows))
console.log(`\n${running.length} packages in the service, ${packages.length} with development.`)
for (const [name, reason] of Object.entries(rules.packages)) console.log(`${name} is allowed: ${reason}`)
const refused = refusedLicences(packages, rules)
for (const { name, version, licence } of refused)
  console.error(
    `${name}@${version} has the licence ${licence}, which scripts/supply/licences.json does not allow`,
  )
if (refused.length > 0) process.exitCode = 1
