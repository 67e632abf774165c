import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describeApi } from '../../src/api/describe.ts'
import { VERSION } from '../../src/version.ts'

it('openapi.yaml is what the routes say of themselves', async () => {
  const file = join(import.meta.dirname, '../../openapi.yaml')
  // A difference of 20,000 lines takes long to show: `npm run openapi -- --check` tells as much.
  expect((await describeApi(VERSION)) === readFileSync(file, 'utf8'), 'run npm run openapi').toBe(true)
})
