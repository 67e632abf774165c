import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listens, serverProcess } from '../helpers/server-process.ts'

export const hasVersitygw = spawnSync('versitygw', ['--version']).status === 0
/** Where tests must be complete, a server that is missing is a failure, not a reason to skip. */
export const skipsS3 = !hasVersitygw && process.env['CI'] !== 'true'

export const BUCKET = 'fitserve'
export const CREDENTIALS = { accessKeyId: 'test-access', secretAccessKey: 'test-secret-key' }

/** A versitygw of our own on a free port of loopback, over a folder, which keeps what it has over a stop. */
export async function startS3() {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-s3-'))
  await mkdir(join(folder, 'objects', BUCKET), { recursive: true })
  const port = await freePort()
  const keys = ['--access', CREDENTIALS.accessKeyId, '--secret', CREDENTIALS.secretAccessKey]
  // Accounts beside the first one, which may do everything.
  const accounts = ['--iam-dir', await made(join(folder, 'accounts'))]
  const own = ['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', ...keys, ...accounts]
  const { start, stop, signal } = serverProcess({
    program: 'versitygw',
    args: [...own, 'posix', join(folder, 'objects')],
    answers: () => listens(port),
  })
  await start()
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    /** Where the bucket's objects are, each a file. */
    objects: join(folder, 'objects', BUCKET),
    /** The environment of a process of the service that uses it. */
    env: {
      STORE_URL: `s3://${BUCKET}/store`,
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
    start,
    stop,
    signal,
    async close() {
      await stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function made(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  return folder
}
