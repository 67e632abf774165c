import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os, { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config/config.ts'
import { urlFault } from '../../src/jobs/webhooks/rules.ts'

const HASH = 'AB'.repeat(32)
const OTHER = 'cd'.repeat(32)
const folder = mkdtempSync(join(tmpdir(), 'fitserve-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The message that settings are refused with. */
function refusal(env: Record<string, string>): string {
  try {
    loadConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  throw new Error(`accepted: ${JSON.stringify(env)}`)
}

function file(text: string): string {
  const path = join(folder, 'keys')
  writeFileSync(path, text)
  return path
}

describe('settings', () => {
  it('have defaults, which an empty variable also gives', () => {
    const expected = {
      host: '127.0.0.1',
      port: 3000,
      grpcPort: undefined,
      dataDir: resolve('data'),
      vectorsDir: resolve('vectors'),
      apiKeys: [],
      keysFile: null,
      tokens: null,
      tls: null,
      corsOrigins: [],
      queue: { type: 'embedded', folder: resolve('data/queue') },
      store: { type: 'folder', folder: resolve('data/store') },
      workers: Math.max(1, os.availableParallelism() - 1),
      jobs: {
        limits: { seconds: null, memoryMb: null },
        perModel: null,
        threads: os.availableParallelism(),
        nice: 10,
        checkpointSeconds: 10,
      },
      webhooks: { key: null, hosts: [] },
      sources: { allowed: [], s3: undefined },
      keepVersions: null,
      predictionDays: null,
      garbageHours: 24,
      maxBatch: 10_000,
      maxWaitingJobs: 10_000,
      bodyLimit: 16 * 2 ** 20,
      maxUpload: 4 * 2 ** 30,
      requestTimeoutMs: 60_000,
      drainSeconds: 0,
      modelMemory: undefined,
      rateLimit: 0,
      logLevel: 'info',
      logFormat: 'auto',
      traces: false,
    }
    expect(loadConfig({})).toEqual(expected)
    expect(loadConfig({ PORT: '', HOST: '', REDIS_URL: '', WORKERS: '', STORE_URL: '' })).toEqual(expected)
  })

  it('are read', () => {
    const config = loadConfig({
      HOST: '::1',
      PORT: '0',
      DATA_DIR: '/srv/fit',
      REDIS_URL: 'rediss://user:word@queue:6380/2',
      STORE_URL: 'file:/srv/with%20space',
      WORKERS: '0',
      KEEP_VERSIONS: '30',
      MAX_BATCH: '7',
      MAX_WAITING_JOBS: '50',
      BODY_LIMIT: '1MiB',
      JOB_SECONDS: '3600',
      JOB_MEMORY: '2GiB',
      CHECKPOINT_SECONDS: '0',
      JOB_THREADS: '3',
      JOB_NICE: '19',
      MAX_UPLOAD: '2 GB',
      RATE_LIMIT: '30',
      LOG_LEVEL: 'silent',
      REQUEST_TIMEOUT_MS: '500',
      DRAIN_SECONDS: '20',
      MODEL_MEMORY: '1GiB',
    })
    expect(config).toEqual({
      webhooks: { key: null, hosts: [] },
      sources: { allowed: [], s3: undefined },
      keepVersions: 30,
      predictionDays: null,
      garbageHours: 24,
      host: '::1',
      port: 0,
      dataDir: '/srv/fit',
      vectorsDir: resolve('vectors'),
      apiKeys: [],
      keysFile: null,
      tokens: null,
      tls: null,
      corsOrigins: [],
      store: { type: 'folder', folder: '/srv/with space' },
      queue: { type: 'redis', url: 'rediss://user:word@queue:6380/2' },
      requestTimeoutMs: 500,
      drainSeconds: 20,
      modelMemory: 2 ** 30,
      jobs: {
        limits: { seconds: 3600, memoryMb: 2048 },
        perModel: null,
        threads: 3,
        nice: 19,
        checkpointSeconds: 0,
      },
      workers: 0,
      maxBatch: 7,
      maxWaitingJobs: 50,
      bodyLimit: 2 ** 20,
      maxUpload: 2e9,
      rateLimit: 30,
      logLevel: 'silent',
      logFormat: 'auto',
      traces: false,
    })
    expect(loadConfig({ STORE_URL: 'file:///srv/fit' }).store).toEqual({ type: 'folder', folder: '/srv/fit' })
  })

  it('sign webhooks by the bytes after whsec_, or by the text', () => {
    const bytes = Buffer.alloc(24, 7)
    const env = {
      WEBHOOK_SECRET: `whsec_${bytes.toString('base64')}`,
      WEBHOOK_HOSTS: 'Hooks.inside, *.example.com,::1',
    }
    expect(loadConfig(env).webhooks).toEqual({ key: bytes, hosts: ['hooks.inside', '*.example.com', '::1'] })
    for (const text of ['16 characters ok', 'not whsec_ alone', 'x'.repeat(1024)])
      expect(loadConfig({ WEBHOOK_SECRET: text }).webhooks.key).toEqual(Buffer.from(text))
    for (const text of [
      '15 characters..',
      'x'.repeat(1025),
      `whsec_${Buffer.alloc(23).toString('base64')}`,
      `whsec_${Buffer.alloc(1025).toString('base64')}`,
      `whsec_!${bytes.toString('base64')}`,
      `whsec_${bytes.toString('base64')}!`,
    ])
      expect(refusal({ WEBHOOK_SECRET: text })).toBe(
        'WEBHOOK_SECRET must be at least 16 characters, or whsec_ and the base64 of 24 to 64 bytes',
      )
  })

  it.each([
    ['LocalHost.', 'localhost', 'http://localhost:3000/'],
    ['*.LocalHost.', '*.localhost', 'http://hooks.localhost/'],
    ['bücher.example', 'xn--bcher-kva.example', 'http://bücher.example/'],
    ['10.1', '10.0.0.1', 'http://10.0.0.1/'],
    ['[::1]', '::1', 'http://[::1]:80/'],
    ['0:0:0:0:0:0:0:1', '::1', 'https://[::1]:443/'],
    ['FD00::0A', 'fd00::a', 'http://[fd00::a]/'],
    ['::ffff:10.0.0.1', '::ffff:a00:1', 'http://[::ffff:10.0.0.1]/'],
    ['a_b.inside', 'a_b.inside', 'http://a_b.inside/'],
  ])('let webhooks call %s in the form that addresses have', (entry, host, url) => {
    const env = { WEBHOOK_HOSTS: `other.inside, ${entry}`, WEBHOOK_SECRET: 'a text of some length' }
    const { webhooks } = loadConfig(env)
    expect(webhooks.hosts).toEqual(['other.inside', host])
    expect(urlFault(url, webhooks)).toBeUndefined()
  })

  it('allow places from which data sets are fetched', () => {
    const text =
      'https://Data.example.com, https://*.example.org/public,http://10.1:8080/a/../b, s3://bucket/a, file:///srv/a%20b'
    const { sources } = loadConfig({ DATASET_SOURCES: text, AWS_REGION: 'eu-central-1' })
    const web = { type: 'web', port: '', path: '/' }
    expect(sources).toEqual({
      allowed: [
        { ...web, protocol: 'https:', host: 'data.example.com' },
        { ...web, protocol: 'https:', host: '*.example.org', path: '/public/' },
        { ...web, protocol: 'http:', host: '10.0.0.1', port: '8080', path: '/b/' },
        { type: 's3', bucket: 'bucket', prefix: 'a/' },
        { type: 'file', folder: '/srv/a b' },
      ],
      s3: { endpoint: undefined, region: 'eu-central-1', credentials: undefined },
    })
    expect(loadConfig({}).sources).toEqual({ allowed: [], s3: undefined })
    expect(refusal({ DATASET_SOURCES: 's3://bucket' })).toBe(
      'DATASET_SOURCES has a bucket, so AWS_REGION must be set, or S3_ENDPOINT for another server',
    )
    const server = { S3_ENDPOINT: 'http://127.0.0.1:9000' }
    const more = 's3://bucket/, s3://bucket/a/, https://[::1]:443/a, http://a:80, http://a:443/b/, file:///'
    expect(loadConfig({ DATASET_SOURCES: more, ...server }).sources).toEqual({
      allowed: [
        { type: 's3', bucket: 'bucket', prefix: '' },
        { type: 's3', bucket: 'bucket', prefix: 'a/' },
        { ...web, protocol: 'https:', host: '::1', path: '/a/' },
        { ...web, protocol: 'http:', host: 'a' },
        { ...web, protocol: 'http:', host: 'a', port: '443', path: '/b/' },
        { type: 'file', folder: '/' },
      ],
      s3: { endpoint: server.S3_ENDPOINT, region: 'us-east-1', credentials: undefined },
    })
    expect(refusal({ DATASET_SOURCES: 'https://a, b' })).toMatch(/, which "b" is not$/)
  })

  it.each([
    'data.example.com',
    'ftp://a',
    'https://u@a',
    'https://a?b',
    's3://',
    'file://host/a',
    'file:a',
    'file:///a?b',
    'file:///a%00b',
    'file:///a%2Fb',
    'file:///%zz%2f',
    'xfile:///a',
    's3://Bucket',
    's3://a',
    'xs3://bucket',
    'xhttps://a',
    'https://a:99999',
    'https://a:b:80',
    'https://a:b',
    'https://a..b',
    'https://*.10.0.0.1',
    'https://a\\b',
    'https://a#b',
    'https://',
  ])('refuse %s as a place of data sets', (entry) => {
    expect(refusal({ DATASET_SOURCES: entry })).toMatch(/^DATASET_SOURCES is .* must be addresses such as/)
  })

  it.each([
    'hooks.inside:80',
    'hooks.inside:443',
    '10.0.0.1:80',
    'dead:80',
    '[::1]:80',
    'http://hooks',
    'hooks/path',
    'user@hooks',
    '*.10.0.0.1',
    '*.[::1]',
    'a.*.b',
    '[hooks]',
    'fe80::1%eth0',
    '256.1.1.1',
    'a..b',
    '.example.com',
    'two words',
  ])('refuse %s as a host of webhooks, which no address would match', (entry) => {
    expect(refusal({ WEBHOOK_HOSTS: `hooks.inside,${entry}` })).toBe(
      `WEBHOOK_HOSTS is ${JSON.stringify(`hooks.inside,${entry}`)}, and must be names or addresses of hosts without ports, separated by commas, such as hooks.internal or *.example.com, which ${JSON.stringify(entry)} is not`,
    )
  })

  it.each([
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number from 0 to 65535'],
    ['PORT', '3e3', 'a whole number from 0 to 65535'],
    ['PORT', '0x50', 'a whole number from 0 to 65535'],
    ['JOB_NICE', '20', 'a whole number from 0 to 19'],
    ['WORKERS', '1.5', 'a whole number from 0 to 1024'],
    ['WORKERS', 'many', 'a whole number from 0 to 1024'],
    ['MAX_BATCH', '0', 'a whole number from 1 to 10000000'],
    ['MAX_WAITING_JOBS', '0', 'a whole number from 1 to 1000000'],
    ['REQUEST_TIMEOUT_MS', '0', 'a whole number from 1 to 86400000'],
    ['RATE_LIMIT', '-5', 'a whole number from 0 to 1000000000'],
    ['BODY_LIMIT', '0', 'a size in bytes, such as 16777216 or 16MiB, from 1 to 256MiB'],
    ['BODY_LIMIT', '1GiB', 'a size in bytes, such as 16777216 or 16MiB, from 1 to 256MiB'],
    ['BODY_LIMIT', '16 MiBs', 'a size in bytes, such as 16777216 or 16MiB, from 1 to 256MiB'],
    ['MAX_UPLOAD', '999999999999999GiB', 'a size in bytes, such as 16777216 or 16MiB, from 1 to 1048576GiB'],
    ['LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal, silent'],
    ['HOST', 'not a host', 'an address or name of this machine, such as 127.0.0.1'],
  ])('refuse %s=%s by its name, value and what is allowed', (name, value, allowed) => {
    expect(refusal({ [name]: value })).toBe(`${name} is ${JSON.stringify(value)}, and must be ${allowed}`)
  })

  it('are refused all at once', () => {
    expect(refusal({ PORT: 'x', WORKERS: 'y', REDIS_URL: 'z' }).split('\n')).toEqual([
      'PORT is "x", and must be a whole number from 0 to 65535',
      'REDIS_URL must be an address such as redis://127.0.0.1:6379, redis+sentinel://…?name=… or redis+cluster://…',
      'WORKERS is "y", and must be a whole number from 0 to 1024',
    ])
  })

  it('have sizes in units of a thousand and of 1,024', () => {
    const limit = (BODY_LIMIT: string) => loadConfig({ BODY_LIMIT }).bodyLimit
    expect(['7', '7b', '7k', '7kB', '7KiB', '7 m', '7Mi', ' 7MiB ', '256MiB', '1'].map(limit)).toEqual([
      7,
      7,
      7_000,
      7_000,
      7 * 1_024,
      7_000_000,
      7 * 1_048_576,
      7 * 1_048_576,
      268_435_456,
      1,
    ])
    for (const BODY_LIMIT of ['x7', '7x', '7 7', '7t', '268435457', '1GB'])
      expect(refusal({ BODY_LIMIT })).toContain('from 1 to 256MiB')
    expect(loadConfig({ MODEL_MEMORY: '3g' }).modelMemory).toBe(3e9)
    // Less than a mebibyte is one, since a limit of none would mean no limit.
    expect(loadConfig({ JOB_MEMORY: '1' }).jobs.limits.memoryMb).toBe(1)
    expect(loadConfig({ JOB_MEMORY: '3145727' }).jobs.limits.memoryMb).toBe(2)
  })

  it('have whole numbers up to their limits', () => {
    const env = {
      PORT: '65535',
      GRPC_PORT: '0',
      PREDICTION_DAYS: '36500',
      GC_HOURS: '1',
      JOBS_PER_MODEL: '1024',
    }
    expect(loadConfig(env)).toMatchObject({
      port: 65_535,
      grpcPort: 0,
      predictionDays: 36_500,
      garbageHours: 1,
      jobs: { perModel: 1_024 },
    })
    expect(refusal({ GC_HOURS: '0' })).toContain('from 1 to 8760')
    expect(refusal({ PORT: '00000000080' })).toContain('from 0 to 65535')
  })

  it('send traces where an address is set, unless OpenTelemetry is off', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://localhost:4318'
    expect(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT }).traces).toBe(true)
    expect(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'false' }).traces).toBe(true)
    expect(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' }).traces).toBe(false)
    for (const url of ['localhost:4318', 'xhttp://secret', 'http://sec ret', 'http://secret:99999'])
      expect(refusal({ OTEL_EXPORTER_OTLP_ENDPOINT: url })).toBe(
        'OTEL_EXPORTER_OTLP_ENDPOINT must be an address of HTTP, such as http://localhost:4318',
      )
  })

  it.each([
    ['REDIS_URL', 'http://secret@queue', 'must be an address such as redis://127.0.0.1:6379'],
    ['WEBHOOK_SECRET', 'secret', 'must be at least 16 characters'],
    ['WEBHOOK_SECRET', 'whsec_secret', 'must be at least 16 characters'],
    ['WEBHOOK_SECRET', `whsec_${'secret!!'.repeat(8)}`, 'must be at least 16 characters'],
    ['REDIS_URL', 'redis://', 'must be an address such as redis://127.0.0.1:6379'],
    ['REDIS_URL', 'redis://:secret@queue:99999', 'must be an address such as redis://127.0.0.1:6379'],
    ['REDIS_URL', 'redis://secret,queue', 'must be an address such as redis://127.0.0.1:6379'],
    ['REDIS_URL', 'redis://secret?name=x', 'must be an address such as redis://127.0.0.1:6379'],
    ['REDIS_URL', 'redis://:%secret@queue', 'must be an address such as redis://127.0.0.1:6379'],
    ['REDIS_URL', 'redis+cluster://secret/1', 'or redis+cluster://…'],
    ['REDIS_URL', 'redis+sentinel://secret:0', 'redis+sentinel://…?name=…'],
    ['REDIS_URL', 'redis+sentinel://queue?secret=x', 'redis+sentinel://…?name=…'],
    ['REDIS_URL', 'redis+other://secret', 'redis+sentinel://…?name=…'],
    ['DATABASE_URL', 'mysql://secret@db', 'must be an address such as postgresql://'],
    ['DATABASE_URL', 'postgres://', 'must be an address such as postgresql://'],
    ['DATABASE_URL', 'postgres://secret:99999/db', 'must be an address such as postgresql://'],
    ['STORE_URL', '/srv/secret', 'must be a folder such as file:/srv/fitserve'],
    ['STORE_URL', 'file:secret', 'must be a folder such as file:/srv/fitserve'],
    ['STORE_URL', 'file://secret/srv', 'must be a folder such as file:/srv/fitserve'],
    ['STORE_URL', 'file:/srv/secret?x=1', 'must be a folder such as file:/srv/fitserve'],
    ['STORE_URL', 'file:/srv/secret%00', 'must be a folder such as file:/srv/fitserve'],
    ['STORE_URL', 's3://secret/../prefix', 'or a bucket such as s3://bucket/prefix'],
    ['STORE_URL', 's3://Secret', 'or a bucket such as s3://bucket/prefix'],
    ['STORE_URL', 's3://secret/a b', 'or a bucket such as s3://bucket/prefix'],
    ['STORE_URL', 's3://key:secret@bucket', 'or a bucket such as s3://bucket/prefix'],
    ['STORE_URL', `s3://secret/${'a'.repeat(200)}`, 'or a bucket such as s3://bucket/prefix'],
    ['S3_ENDPOINT', 'http://key:secret@store', 'must be an address without a path'],
    ['S3_ENDPOINT', 'http://secret:99999', 'must be an address without a path'],
    ['S3_ENDPOINT', 'https://store/secret', 'must be an address without a path'],
    ['AWS_SECRET_ACCESS_KEY', 'a secret', 'must be printable ASCII characters without spaces'],
    ['API_KEYS', 'secret', 'entry 1 must be name:role:sha256 with a role of predict, train, admin'],
    ['API_KEYS', `a:admin:${HASH},b:secret:${OTHER}`, 'entry 2 must be name:role:sha256'],
    ['API_KEYS', `a:admin:${HASH.slice(1)}secret`, 'entry 1 must be name:role:sha256'],
  ])('refuse a wrong %s without repeating it (%s)', (name, value, allowed) => {
    const message = refusal({ [name]: value })
    expect(message).toContain(name)
    expect(message).toContain(allowed)
    expect(message).not.toContain('secret')
  })
})

describe('the queue', () => {
  it('may be on PostgreSQL, but not on two servers', () => {
    for (const url of ['postgres://db', 'postgresql://user:word@db:5432/jobs?sslmode=verify-full'])
      expect(loadConfig({ DATABASE_URL: url }).queue).toEqual({ type: 'postgres', url })
    const both = refusal({ DATABASE_URL: 'postgres://secret', REDIS_URL: 'redis://secret' })
    expect(both).toContain('REDIS_URL and DATABASE_URL are both set')
    expect(both).not.toContain('secret')
  })
})

describe('a store on S3', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'hidden' }
  const s3 = (env: Record<string, string>) =>
    loadConfig({ STORE_URL: 's3://bucket/some/where', ...env }).store

  it('is read, with the usual variables', () => {
    expect(s3({ AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'us-west-2', ...keys })).toEqual({
      type: 's3',
      bucket: 'bucket',
      prefix: 'some/where/',
      endpoint: undefined,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'hidden', sessionToken: undefined },
      cacheFolder: resolve('data/cache'),
      cacheLimit: 10 * 2 ** 30,
    })
    const own = { STORE_URL: 's3://my.bucket-1/', S3_ENDPOINT: 'http://127.0.0.1:9000', CACHE_LIMIT: '2GiB' }
    expect(s3({ ...own, ...keys, AWS_SESSION_TOKEN: 'token' })).toEqual({
      type: 's3',
      bucket: 'my.bucket-1',
      prefix: '',
      endpoint: own.S3_ENDPOINT,
      region: 'us-east-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'hidden', sessionToken: 'token' },
      cacheFolder: resolve('data/cache'),
      cacheLimit: 2 * 2 ** 30,
    })
    expect(s3({ AWS_DEFAULT_REGION: 'us-west-2' })).toMatchObject({
      region: 'us-west-2',
      credentials: undefined,
    })
  })

  it('needs a region or a server, and keys as a pair', () => {
    const STORE_URL = 's3://bucket'
    expect(refusal({ STORE_URL })).toContain('AWS_REGION must be set, or S3_ENDPOINT')
    for (const half of [
      { AWS_ACCESS_KEY_ID: 'hidden' },
      { AWS_SECRET_ACCESS_KEY: 'hidden' },
      { AWS_SESSION_TOKEN: 'hidden' },
    ]) {
      const message = refusal({ STORE_URL, AWS_REGION: 'us-east-1', ...half })
      expect(message).toContain('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together')
      expect(message).not.toContain('hidden')
    }
  })
})

describe('API keys', () => {
  const unlimited = { models: null, requestsPerMinute: null, rowsPerDay: null, expiresAt: null }
  const operator = { name: 'ops', role: 'admin', sha256: HASH.toLowerCase(), ...unlimited }
  const reader = { name: 'web.1', role: 'predict', sha256: OTHER, ...unlimited }

  it('come from the variable and from the file', () => {
    const path = file(`# who may ask\r\n\n  web.1:predict:${OTHER}  \n`)
    expect(loadConfig({ API_KEYS: `ops:admin:${HASH}`, API_KEYS_FILE: path }).apiKeys).toEqual([
      operator,
      reader,
    ])
    expect(loadConfig({ API_KEYS: ` ops:admin:${HASH}, ,web.1:predict:${OTHER},` }).apiKeys).toEqual([
      operator,
      reader,
    ])
  })

  it('are refused where they are not clear', () => {
    expect(refusal({ API_KEYS: `a:train:${HASH},a:admin:${OTHER}` })).toContain('two keys named "a"')
    expect(refusal({ API_KEYS: `a:train:${HASH},b:admin:${HASH.toLowerCase()}` })).toContain(
      'same key under the names "a" and "b"',
    )
    expect(refusal({ API_KEYS_FILE: file(`# x\na:train:${HASH}\nmy-secret-key`) })).toBe(
      'API_KEYS_FILE: line 3 must be name:role:sha256 with a role of predict, train, admin and 64 hex digits',
    )
    expect(refusal({ API_KEYS_FILE: file('# nobody yet\n') })).toContain('that file has no keys. Add one')
    expect(refusal({ API_KEYS_FILE: join(folder, 'absent') })).toMatch(
      /^API_KEYS_FILE is ".*absent", and must be a readable file \(ENOENT\)$/,
    )
    expect(refusal({ API_KEYS_FILE: folder })).toContain('(EISDIR)')
  })

  it('are needed where others reach the service, whose requests are then counted and drained', () => {
    for (const HOST of ['0.0.0.0', '::', '192.168.1.2', 'example.test', '128.0.0.1']) {
      const message = refusal({ HOST })
      expect(message).toContain(`HOST is "${HOST}"`)
      expect(message).toContain('Set API_KEYS or API_KEYS_FILE, or leave HOST at 127.0.0.1')
      const config = loadConfig({ HOST, API_KEYS: `a:admin:${HASH}` })
      expect(config).toMatchObject({ host: HOST, rateLimit: 600, drainSeconds: 5 })
    }
    for (const HOST of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
      expect(loadConfig({ HOST })).toMatchObject({ rateLimit: 0, drainSeconds: 0 })
    expect(loadConfig({ HOST: '0.0.0.0', API_KEYS: `a:admin:${HASH}`, RATE_LIMIT: '0' }).rateLimit).toBe(0)
  })
})
