import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { isAlive, type StartOptions, start, temporaryFolder } from './harness.ts'

const REDIS_NOWHERE = { REDIS_URL: 'redis://:hidden@127.0.0.1:1' }

/** Returns the output of a service that does not start. */
async function refusal(options: StartOptions): Promise<string> {
  const service = await start({ ...options, early: true })
  expect(await service.ended, service.output).toBe(1)
  expect(service.output, 'one message, no stack').not.toMatch(/^\s+at /m)
  expect(existsSync(join(service.folder, 'server.json'))).toBe(false)
  return service.output
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

it('refuses to start with wrong settings or roles, and says what is allowed', async () => {
  const [settings, exposed, api, worker, idle, unknown] = await Promise.all([
    refusal({ env: { PORT: 'http', LOG_LEVEL: 'loud' } }),
    refusal({ env: { HOST: '0.0.0.0' } }),
    refusal({ role: 'api' }),
    refusal({ role: 'worker' }),
    refusal({ role: 'worker', env: { ...REDIS_NOWHERE, WORKERS: '0' } }),
    refusal({ role: 'both' as 'api' }),
  ])
  expect(settings).toContain('PORT is "http", and must be a whole number from 0 to 65535')
  expect(settings).toContain('LOG_LEVEL is "loud", and must be one of trace,')
  expect(exposed).toContain('Set API_KEYS or API_KEYS_FILE')
  for (const text of [api, worker]) expect(text).toMatch(/set REDIS_URL or DATABASE_URL/)
  expect(idle).toContain('WORKERS is 0, and must be at least 1')
  expect(unknown).toContain('Unknown role "both"')
}, 180_000)

it('refuses to start on a taken port or an unwritable folder, and names the setting', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const port = portOf(other)
  const file = join(await temporaryFolder(), 'file')
  await writeFile(file, '')
  const [taken, elsewhere, system, folder, store] = await Promise.all([
    refusal({ role: 'api', env: { ...REDIS_NOWHERE, PORT: `${port}` } }),
    refusal({ role: 'api', env: { ...REDIS_NOWHERE, HOST: '127.0.0.999' } }),
    refusal({ role: 'api', env: { ...REDIS_NOWHERE, DATA_DIR: '/proc/fitserve/data' } }),
    refusal({ role: 'api', env: { ...REDIS_NOWHERE, DATA_DIR: join(file, 'data') } }),
    refusal({ role: 'api', env: { ...REDIS_NOWHERE, STORE_URL: `file:${file}/store` } }),
  ])
  other.close()
  expect(taken).toContain(`PORT ${port} on HOST 127.0.0.1 is in use by another process`)
  expect(elsewhere).toContain('on HOST 127.0.0.999 cannot be used: HOST is not known')
  expect(system).toContain('DATA_DIR is "/proc/fitserve/data", and must be a writable folder (ENOENT)')
  expect(folder).toContain(`DATA_DIR is "${file}/data", and must be a writable folder (ENOTDIR)`)
  expect(store).toContain('The store does not answer. (ENOTDIR')
  for (const text of [taken, elsewhere, folder, store]) expect(text).not.toContain('hidden')
}, 180_000)

it('starts while the queue is unreachable, and reports that in readiness and log', async () => {
  const service = await start({ role: 'api', env: REDIS_NOWHERE })
  const { status, body } = await service.request('/health/ready')
  expect(status).toBe(200)
  expect(body).toMatchObject({ status: 'degraded', queue: { state: 'unreachable' }, store: { state: 'ok' } })
  expect(await service.stop('SIGINT')).toBe(0)
  expect(service.output).toContain('queue reports an error')
  expect(service.output).not.toContain('hidden')
  // Each of several connections tries again and again; a log that tells each time hides all else.
  expect(service.output.match(/queue reports an error/g)?.length).toBeLessThan(3)
}, 180_000)

it('starts again after an interrupted start, holds the embedded queue alone, and ends at once on a second signal', async () => {
  const folder = await temporaryFolder()
  const queue = join(folder, 'queue')
  const seen = new Set<string>()
  const drafts = async () => (await readdir(queue).catch(() => [])).filter((name) => /^new-/.test(name))
  /** Waits until a database is being made, which takes some seconds. */
  const making = () =>
    vi.waitUntil(async () => (await drafts()).some((name) => !seen.has(name) && seen.add(name)), {
      timeout: 30_000,
      interval: 10,
    })

  const told = await start({ folder, early: true })
  await making()
  expect(await told.stop(), told.output).toBe(0)
  const killed = await start({ folder, early: true })
  await making()
  await killed.stop('SIGKILL')

  await writeFile(join(folder, 'server.json'), JSON.stringify({ url: 'http://127.0.0.1:1', pid: 1 }))
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  expect(await refusal({ folder, env: { PORT: `${portOf(other)}` } })).toContain(
    'is in use by another process',
  )
  other.close()
  const service = await start({ folder })
  expect(await drafts()).toEqual([])
  const held = await start({ folder, early: true })
  expect(await held.ended).toBe(1)
  expect(held.output).toContain(`in use by the process ${service.pid}`)
  expect(held.output).toContain('REDIS_URL')
  expect(JSON.parse(await readFile(join(folder, 'server.json'), 'utf8'))).toEqual({
    url: service.url,
    pid: service.pid,
  })

  // A request that has begun, and whose end keeps the service from ending.
  const { hostname, port } = new URL(service.url)
  const headers = { 'content-type': 'text/csv', 'transfer-encoding': 'chunked', expect: '100-continue' }
  const upload = request({ hostname, port, path: '/datasets?name=slow', method: 'POST', headers })
  upload.on('error', () => {})
  await once(upload, 'continue')
  upload.write('a,b\n')
  service.child.kill('SIGTERM')
  await vi.waitUntil(() => service.output.includes('"msg":"closing"'), { timeout: 30_000 })
  await expect.poll(() => fetch(`${service.url}/health/live`).catch(() => 'refused')).toBe('refused')
  // One that comes at once is an echo: npm passes on what the whole group has got already.
  service.child.kill('SIGTERM')
  await wait(1_200)
  expect(await isAlive(service.pid), 'it waits for the request').toBe(true)
  expect(await service.stop()).toBe(1)
  expect(existsSync(join(folder, 'server.json'))).toBe(false)
}, 240_000)
