import { spawnSync } from 'node:child_process'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import type { Role } from '../../src/access.ts'
import { addKey, revokeKey } from '../../src/keys/manage-keys.ts'
import { hasOpenssl, makeCertificate } from '../helpers/certificates.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { EXAMPLES, ROOT, type Service, start } from './harness.ts'
import { PRAISE } from './jobs.ts'

const unlimited = { models: null, requestsPerMinute: null, rowsPerDay: null, expiresAt: null }
const newKey = (file: string, name: string, role: Role) => addKey(file, { name, role, ...unlimited })

/** Asks for a prediction, and returns the status. */
async function predict({ url }: Service, key: string): Promise<number> {
  const answer = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'reviews', text: PRAISE }),
  })
  await answer.arrayBuffer()
  return answer.status
}

describe('keys of a running service', () => {
  it('are rotated under load without a lost request', async () => {
    const file = join(await temporaryFolder(), 'keys')
    const admin = await newKey(file, 'admin', 'admin')
    const old = await newKey(file, 'web.1', 'predict')
    const service = await start({ env: { API_KEYS_FILE: file }, key: admin })
    await service.upload('reviews', join(EXAMPLES, 'reviews.csv'))
    const { id } = await service.submit({ model: 'reviews', dataset: 'reviews', recipe: { epochs: 1 } })
    await service.finished(id)

    let current = old
    let isOver = false
    const statuses = new Map<number, number>()
    const client = async () => {
      while (!isOver) {
        const status = await predict(service, current)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    const clients = Array.from({ length: 8 }, client)
    for (let round = 2; round <= 4; round++) {
      const before = current
      const next = await newKey(file, `web.${round}`, 'predict')
      await expect.poll(() => predict(service, next), { timeout: 20_000, interval: 100 }).toBe(200)
      current = next
      // Whoever was on its way with the key from before is answered first.
      const answered = [...statuses.values()].reduce((sum, count) => sum + count, 0)
      const after = () => [...statuses.values()].reduce((sum, count) => sum + count, 0) - answered
      await expect.poll(after, { timeout: 20_000 }).toBeGreaterThan(2 * clients.length)
      await revokeKey(file, `web.${round - 1}`)
      if (round === 3) service.child.kill('SIGHUP')
      await expect.poll(() => predict(service, before), { timeout: 20_000, interval: 100 }).toBe(401)
    }
    // A fault of the file changes nothing.
    const text = await readFile(file, 'utf8')
    await writeFile(file, 'not a key')
    await expect.poll(() => service.output, { timeout: 20_000 }).toContain('keys cannot be read again')
    await writeFile(file, text)
    isOver = true
    await Promise.all(clients)
    expect([...statuses.keys()]).toEqual([200])
    expect(service.output).toContain('"added":["web.2"]')
    expect(service.output).not.toContain(current)
    const log = JSON.stringify((await service.request('/audit')).body)
    expect(log).toContain('"by":"admin"')
    for (const change of ['"addKey","target":"keys/web.4"', '"removeKey","target":"keys/web.3"'])
      expect(log.split(change), change).toHaveLength(2)
    expect(log).not.toContain(current)
    expect(await service.stop()).toBe(0)
  }, 180_000)

  it('are made, listed and revoked by npm run key, which shows a key once', async () => {
    const folder = await temporaryFolder()
    const run = (...args: string[]) => {
      const program = join(ROOT, 'dist/manage-keys.js')
      const env = { PATH: process.env['PATH'], DATA_DIR: folder }
      const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
        env,
        encoding: 'utf8',
      })
      return { stdout, stderr, status }
    }
    const made = run('add', 'ops', '--role', 'train', '--models', 'imdb*', '--expires', '90d', '--rows', '9')
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^fitserve_[\w-]{43}\n$/) })
    const listed = run('list')
    expect(listed.stdout).toMatch(/^ops {2}train {2}imdb\* {2}expires \S+Z +9 rows a day\n$/)
    expect(listed.stdout + listed.stderr + (await readFile(join(folder, 'keys'), 'utf8'))).not.toContain(
      made.stdout.trim().slice(9),
    )
    expect(run('add', 'ops', '--role', 'train')).toMatchObject({ status: 2, stdout: '' })
    expect(run('add', 'x', '--role', 'root').stderr).toContain('--role must be one of')
    expect(run('add', 'x', '--role', 'train', '--expires', 'soon').stderr).toContain('--expires must be')
    expect(run('add').stderr).toContain('Usage: npm run key')
    expect(run('revoke', 'ops').status).toBe(0)
    expect(run('list').stderr).toContain('has no keys')
  })
})

/** Returns the certificate that a port has for new connections. */
function certificateOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] }
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

describe.skipIf(!hasOpenssl)('TLS', () => {
  it('takes a new certificate while connections stay open', async () => {
    const folder = await temporaryFolder()
    const pairs = ['one', 'two'].map((name) => makeCertificate(folder, name))
    const used = { cert: join(folder, 'used.pem'), key: join(folder, 'used.key') }
    const use = async (index: number) => {
      const pair = pairs[index]
      if (!pair) throw new RangeError('no such pair')
      await copyFile(pair.key, used.key)
      await copyFile(pair.cert, used.cert)
    }
    await use(0)
    const service = await start({ env: { TLS_CERT: used.cert, TLS_KEY: used.key, GRPC_PORT: '0' } })
    expect(service.url).toMatch(/^https:/)
    expect(service.output).toContain('Server listening at https://')
    expect(service.output).not.toContain('http://')
    /** Returns the status and the certificate of a request. */
    const ask = (agent: Agent) =>
      new Promise<[number | undefined, string]>((resolve, reject) => {
        const sent = request(`${service.url}/health/live`, { agent, rejectUnauthorized: false }, (answer) => {
          const { fingerprint256 } = (answer.socket as TLSSocket).getPeerCertificate()
          answer.resume().once('end', () => resolve([answer.statusCode, fingerprint256]))
        })
        sent.once('error', reject).end()
      })
    const kept = new Agent({ keepAlive: true, maxSockets: 1 })
    const [status, first] = await ask(kept)
    expect(status).toBe(200)
    const grpcPort = Number(/"port":(\d+),"msg":"gRPC is ready"/.exec(service.output)?.[1])
    expect(await certificateOf(grpcPort)).toBe(first)
    await use(1)
    const certificate = async () => (await ask(new Agent()))[1]
    await expect.poll(certificate, { timeout: 20_000, interval: 200 }).not.toBe(first)
    expect(await ask(kept)).toEqual([200, first])
    expect(await certificateOf(grpcPort)).toBe(await certificate())
    kept.destroy()
    await service.stop()
  })

  it('refuses files that do not fit together at the start', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'a.pem'), 'no certificate')
    const service = await start({
      early: true,
      env: { TLS_CERT: join(folder, 'a.pem'), TLS_KEY: join(folder, 'a.pem') },
    })
    expect(await service.ended).toBe(1)
    expect(service.output).toContain('must be a certificate and its private key in PEM')
  })
})
