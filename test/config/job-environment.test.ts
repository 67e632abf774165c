import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config/config.ts'
import { jobEnvironment } from '../../src/config/job-environment.ts'

const HASH = 'ab'.repeat(32)
const SERVICE = {
  PATH: '/usr/bin',
  HOME: '/home/node',
  NODE_OPTIONS: '--disable-wasm-trap-handler',
  HOST: '0.0.0.0',
  PORT: '3000',
  API_KEYS: `ops:admin:${HASH}`,
  WEBHOOK_SECRET: 'x'.repeat(16),
  REDIS_URL: 'redis://user:password@queue.example:6379',
  DATA_DIR: '/data',
  JOB_NICE: '3',
  JOB_MEMORY: '2GiB',
  CHECKPOINT_SECONDS: '7',
  KEEP_VERSIONS: '9',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  GITHUB_TOKEN: 'secret',
}

it('of training processes has their settings, and no secret that they do not need', () => {
  const env = jobEnvironment(SERVICE)
  expect(Object.keys(env).toSorted()).toEqual([
    'CHECKPOINT_SECONDS',
    'DATA_DIR',
    'HOME',
    'JOB_MEMORY',
    'JOB_NICE',
    'KEEP_VERSIONS',
    'NODE_OPTIONS',
    'PATH',
  ])
  const { store, jobs, keepVersions } = loadConfig(SERVICE)
  expect(loadConfig(env)).toMatchObject({ store, jobs, keepVersions })
})

it('has the keys of the store where it is on S3, and still no other', () => {
  const s3 = { ...SERVICE, STORE_URL: 's3://bucket/prefix', AWS_REGION: 'eu-west-1', CACHE_LIMIT: '1GiB' }
  const env = jobEnvironment({ ...s3, AWS_WEB_IDENTITY_TOKEN_FILE: '/token' })
  expect(env).toMatchObject({ AWS_SECRET_ACCESS_KEY: 'secret', AWS_WEB_IDENTITY_TOKEN_FILE: '/token' })
  for (const name of ['REDIS_URL', 'API_KEYS', 'WEBHOOK_SECRET', 'GITHUB_TOKEN'])
    expect(env).not.toHaveProperty(name)
  expect(loadConfig(env).store).toEqual(loadConfig(s3).store)
})
