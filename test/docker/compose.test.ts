import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/config.ts'
import { ROOT, readStages } from './files.ts'

const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'))
const { redis, api, worker } = compose.services

describe('docker-compose.yml', () => {
  it('follows the compose specification', () => {
    const { $schema: _, ...schema } = JSON.parse(
      readFileSync(join(ROOT, 'test/fixtures/compose-spec.json'), 'utf8'),
    )
    const ajv = new Ajv({ strict: false, allErrors: true })
    addFormats.default(ajv)
    const validate = ajv.compile(schema)
    expect(validate(compose), JSON.stringify(validate.errors, null, 2)).toBe(true)
    expect(validate({ services: { api: { imagee: 'x' } } })).toBe(false)
  })

  it('builds stages that the Dockerfile has', () => {
    const stages = readStages().map(({ name }) => name)
    for (const { build } of [api, worker]) {
      expect(build.dockerfile).toBe('docker/Dockerfile')
      expect(stages).toContain(build.target)
    }
  })

  it('keeps the queue in an append-only file and evicts nothing from it', () => {
    expect(redis.command.join(' ')).toMatch(/--appendonly yes.*--maxmemory-policy noeviction.*--requirepass/)
    expect(redis.volumes).toEqual(['queue:/data'])
  })

  it('lets the workers scale: no name, port or volume of their own', () => {
    expect(worker).not.toHaveProperty('container_name')
    expect(worker).not.toHaveProperty('ports')
    expect(worker.volumes).toEqual(api.volumes)
    for (const name of ['REDIS_URL', 'STORE_URL'])
      expect(worker.environment[name]).toBe(api.environment[name])
    for (const volume of [...redis.volumes, ...api.volumes]) {
      expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0])
    }
  })

  it('does not start an API that anybody may use', () => {
    expect(api.environment.API_KEYS).toMatch(/^\$\{API_KEYS:\?/)
    expect(api.ports[0]).toMatch(/127\.0\.0\.1/)
  })

  it('lets the API drain before it is killed', () => {
    const { drainSeconds } = loadConfig({ HOST: '0.0.0.0', API_KEYS: `ops:admin:${'0'.repeat(64)}` })
    expect(Number.parseInt(api.stop_grace_period, 10)).toBeGreaterThan(10 + drainSeconds)
  })

  it('gives no container more rights, memory or files to write than it needs', () => {
    for (const service of [api, worker, redis]) {
      expect(service.read_only).toBe(true)
      expect(service.mem_limit).toMatch(/^\dg$/)
      expect(service.security_opt).toEqual(['no-new-privileges:true'])
    }
    for (const { tmpfs, cap_drop } of [api, worker]) expect([tmpfs, cap_drop]).toEqual([['/tmp'], ['ALL']])
  })

  it('has a password for the queue, and an exact version of its image', () => {
    expect(redis.environment.REDISCLI_AUTH).toMatch(/^\$\{REDIS_PASSWORD:\?/)
    expect(api.environment.REDIS_URL).toMatch(/:\$\{REDIS_PASSWORD\}@/)
    expect(redis.user).toBe('redis')
    expect(redis.image).toMatch(/^redis:\d+\.\d+\.\d+$/)
  })

  it('waits for a queue that answers', () => {
    for (const { depends_on } of [api, worker]) expect(depends_on.redis.condition).toBe('service_healthy')
    expect(redis.healthcheck.test).toContain('redis-cli')
  })
})
