import { describe, expect, it } from 'vitest'
import { deploymentContract } from '../contracts/deployment.ts'
import { skipsPostgres, startPostgres } from '../jobs/queue/postgres-server.ts'
import { start, whenOver } from './harness.ts'
import { PRAISE } from './jobs.ts'

deploymentContract('a PostgreSQL', {
  skips: skipsPostgres,
  disturbance: 'the server is away for a while',
  apiMb: 160,
  async open() {
    const server = await startPostgres()
    whenOver(server.close)
    return {
      env: { DATABASE_URL: server.url },
      async disturb(api) {
        await server.stop()
        const ready = async () => (await api.request('/health/ready')).body
        await expect.poll(ready).toMatchObject({ queue: { state: 'unreachable' }, store: { state: 'ok' } })
        expect((await api.post('/predict', { model: 'reviews', text: PRAISE })).status).toBe(200)
        return server.start
      },
    }
  },
})

describe.skipIf(skipsPostgres)('a service on a PostgreSQL', () => {
  it('refuses to start with a wrong password, and says why', async () => {
    const server = await startPostgres()
    whenOver(server.close)
    const DATABASE_URL = Object.assign(new URL(server.url), { password: 'guessed' }).href
    const failed = await start({ env: { DATABASE_URL }, early: true })
    expect(await failed.ended).toBe(1)
    expect(failed.output).toContain('The database does not accept the user and password of DATABASE_URL.')
    expect(failed.output).not.toMatch(/guessed|127\.0\.0\.1|at .*\(/)
  })
})
