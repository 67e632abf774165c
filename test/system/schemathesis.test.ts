import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dataFolder, EXAMPLES, type Service, start, temporaryFolder } from './harness.ts'

/** Schemathesis (https://schemathesis.readthedocs.io), which asks an API what its OpenAPI document promises. */
const COMMAND = 'schemathesis'
const isThere = spawnSync(COMMAND, ['--version']).status === 0
/** Where tests must be complete, a tool that is missing is a failure, not a reason to skip. */
const skips = !isThere && process.env['CI'] !== 'true'

const KEY = 'secret'
const API_KEYS = `tester:admin:${createHash('sha256').update(KEY).digest('hex')}`
const JOB = {
  // The names that the document gives as examples, so that there is something behind each path.
  model: 'imdb',
  dataset: 'reviews',
  recipe: { encoder: { type: 'multiHot', numWords: 100 }, layers: [{ units: 2 }], epochs: 1 },
}

describe.skipIf(skips)('the service, tested against its OpenAPI document by schemathesis', () => {
  it('answers valid and invalid requests as documented, and never with 500', {
    timeout: 900_000,
  }, async () => {
    const folder = await dataFolder()
    const trainer = await start({ folder })
    await trainer.upload('reviews', join(EXAMPLES, 'reviews.csv'))
    await trainer.finished((await trainer.submit(JOB)).id)
    await trainer.stop()
    // Jobs that are made up are accepted where they are good, and need not be trained.
    const service = await start({ folder, key: KEY, env: { API_KEYS, WORKERS: '0' } })

    const { code, output } = await run(service)
    expect(code, output).toBe(0)
    expect(output).toMatch(/ [1-9]\d{2,} generated/)
    expect((await service.request('/health/ready')).status).toBe(200)
    expect(service.output, 'no failure in the log').not.toMatch(/"level":[56]0/)
  })
})

async function run({ url }: Service): Promise<{ code: number | null; output: string }> {
  const options = [
    '--header',
    `Authorization: Bearer ${KEY}`,
    '--checks',
    'all',
    '--max-examples',
    '8',
    '--seed',
    '1',
    // A body that is as its schema says may still name a column that is not there, or hold no rows; and DELETE of a job
    // cancels it, after which it can still be read.
    '--exclude-checks',
    'positive_data_acceptance,use_after_free',
    // It cannot write lines of JSON, and waits in vain for the end of a stream of events: test/api/streams does both. A dry
    // run takes the body of an order, and answers it as the order is.
    '--exclude-path-regex',
    '/stream$|/events$|^/dry-run$',
    '--request-timeout',
    '20',
    '--no-color',
  ]
  const child = spawn(COMMAND, ['run', `${url}/openapi.json`, ...options], {
    cwd: await temporaryFolder(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => said.push(data))
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, output: Buffer.concat(said).toString() }
}
