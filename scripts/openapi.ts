// Writes openapi.yaml from the routes' own schemas; with --check it only says whether the file is up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeApi } from '../src/api/describe.ts'
import { VERSION } from '../src/version.ts'

const file = fileURLToPath(new URL('../openapi.yaml', import.meta.url))
const written = read()
const wanted = await describeApi(VERSION)

if (!process.argv.includes('--check')) {
  writeFileSync(file, wanted)
} else if (written !== wanted) {
  console.error('openapi.yaml is not what the routes say. Run: npm run openapi')
  process.exit(1)
}

function read(): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
