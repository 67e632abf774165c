// Writes openapi.yaml from the routes' own schemas, and from it the types of the dashboard's client; with --check it only
// says whether both files are up to date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeApi } from '../src/api/describe.ts'
import { VERSION } from '../src/version.ts'
import { apiTypes } from './api-types.ts'

const document = await describeApi(VERSION)
const wanted = {
  'openapi.yaml': document,
  'src/dashboard/api/openapi.ts': await apiTypes(document),
}

for (const [name, content] of Object.entries(wanted)) {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url))
  if (!process.argv.includes('--check')) {
    writeFileSync(file, content)
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== content) {
    console.error(`${name} is not what the routes say. Run: npm run openapi`)
    process.exitCode = 1
  }
}
