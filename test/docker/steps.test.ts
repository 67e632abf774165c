import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readdir, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bound } from '../helpers/bound.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { skipsRedis, startRedis } from '../jobs/queue/redis-server.ts'
import { contextEntries, ROOT } from './files.ts'

const run = promisify(execFile)
const Address = z.object({ url: z.string(), pid: z.int() })

// The images' own steps and programs, on this machine instead of in a container: no engine is needed, and
// none is tried. What is installed and built already is linked in, so that no step does its work twice.
describe.skipIf(process.platform !== 'linux' || skipsRedis)('the images, made without Docker', () => {
  let folder: string
  const at = (...parts: string[]) => join(folder, ...parts)
  const step = (script: string, ...args: string[]) => run(`docker/${script}`, args, { cwd: at('packages') })

  beforeAll(async () => {
    folder = await temporaryFolder('images')
    for (const entry of contextEntries())
      await cp(join(ROOT, entry), at('packages', entry), { recursive: true })
    await run('cp', ['-al', join(ROOT, 'node_modules'), at('packages', 'node_modules')])
    await cp(join(ROOT, 'dist'), at('packages', 'dist'), { recursive: true })
    await step('packages.sh')
    await step('build.sh')
    await step('tensorflow.sh', at('tensorflow'))
    for (const role of ['api', 'worker']) await assemble(role)
  }, 300_000)

  /** As the last stage of each image copies it together. */
  async function assemble(role: string): Promise<void> {
    await step('production.sh', role, at(role))
    if (role === 'worker') await run('cp', ['-a', `${at('tensorflow')}/.`, at(role, TFJS)])
    for (const entry of ['dist', 'docker'])
      await cp(at('packages', entry), at(role, entry), { recursive: true })
  }

  it('neither has what only builds and tests need, and the API no TensorFlow', async () => {
    const [api, worker] = await Promise.all(
      ['api', 'worker'].map(async (role) => [
        ...(await readdir(at(role, 'node_modules'))),
        ...(await readdir(at(role, 'node_modules/@tensorflow')).catch(() => [])),
      ]),
    )
    for (const names of [api, worker]) {
      expect(names).toContain('fastify')
      for (const name of ['typescript', 'vitest', 'tsx', '.fitserve-packages.json'])
        expect(names).not.toContain(name)
    }
    expect(api).not.toContain('tfjs-node')
    expect(worker).toContain('tfjs-node')
  })

  it('the data folder is made for its user', async () => {
    await step('data-folder.sh', at('data', 'new'), userInfo().username)
    expect(existsSync(at('data', 'new'))).toBe(true)
  })

  it('together they train and predict, and the health check sees the API come and go', async () => {
    const redis = await startRedis()
    const children: ChildProcess[] = []
    const start = (role: string, more: Record<string, string>) => {
      const env = {
        PATH: process.env['PATH'] ?? '',
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        REDIS_URL: redis.url,
        STORE_URL: `file:${at('store')}`,
        DATA_DIR: at(`data-${role}`),
        ...more,
      }
      const child = spawn(...bound(process.execPath, ['dist/main.js', role]), {
        cwd: at(role),
        env,
        stdio: 'inherit',
      })
      children.push(child)
      return child
    }
    try {
      start('api', { PORT: '0' })
      start('worker', { WORKERS: '1' })
      const { url } = await until(async () => {
        const text = await readFile(at('data-api', 'server.json'), 'utf8').catch(() => 'null')
        return Address.safeParse(JSON.parse(text)).data
      })
      expect(await healthCheck(url)).toBe(0)
      expect(await trainAndAsk(url)).toMatchObject({ label: 'pos' })
      const ended = new Promise((done) => children[0]!.once('exit', done))
      children[0]!.kill('SIGTERM')
      expect(await ended).toBe(0)
      expect(await healthCheck(url)).toBe(1)
    } finally {
      for (const child of children) child.kill('SIGKILL')
      await redis.close()
    }
  }, 240_000)

  async function healthCheck(url: string): Promise<number> {
    const env = { ...process.env, PORT: new URL(url).port }
    const child = spawn(process.execPath, ['docker/healthcheck.mjs'], { cwd: at('api'), env })
    return new Promise((done) => child.once('exit', (code) => done(code ?? -1)))
  }
})

const TFJS = 'node_modules/@tensorflow/tfjs-node'

async function trainAndAsk(url: string): Promise<unknown> {
  const send = async (path: string, type: string, body: string) => {
    const response = await fetch(url + path, { method: 'POST', headers: { 'content-type': type }, body })
    expect(response.status, await response.clone().text()).toBeLessThan(300)
    return response.json()
  }
  const reviews = await readFile(join(ROOT, 'examples/reviews.csv'), 'utf8')
  await send('/datasets?name=reviews', 'text/csv', reviews)
  const recipe = { layers: [{ units: 8 }], epochs: 10, validation: { split: 0.2 } }
  const order = { model: 'reviews', dataset: 'reviews', recipe }
  const job = z
    .object({ id: z.string() })
    .parse(await send('/jobs', 'application/json', JSON.stringify(order)))
  await until(async () => {
    const found = z.object({ state: z.string(), error: z.unknown() })
    const { state, error } = found.parse(await (await fetch(`${url}/jobs/${job.id}`)).json())
    if (state === 'failed') throw new Error(JSON.stringify(error))
    return state === 'completed' || undefined
  })
  const question = { model: 'reviews', text: 'A wonderful film with great acting and a moving story.' }
  return until(async () => {
    const response = await fetch(`${url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
    })
    return response.ok ? response.json() : undefined
  })
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 180_000; Date.now() < end; await wait(100)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error('it took longer than a minute')
}
