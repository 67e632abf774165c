import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DatasetSource } from '../../src/dataset-source.ts'
import type { Datasets } from '../../src/datasets/contract.ts'
import { createFetch } from '../../src/datasets/fetch.ts'
import { DatasetName } from '../../src/datasets/identity.ts'
import { readOptions } from '../../src/datasets/read-options.ts'
import { allowedAddress } from '../../src/datasets/sources/allowed.ts'
import type { Sources } from '../../src/datasets/sources/open.ts'
import { FitserveError } from '../../src/errors.ts'
import { BUCKET, CREDENTIALS, skipsS3, startS3 } from '../store/s3-server.ts'
import { type Bench, openBench } from './harness.ts'

const CSV = 'a,b\n1,x\n2,y\n'
let bench: Bench
let server: http.Server
let answer: http.RequestListener = (_request, response) => response.end()
let asked: string[] = []
let web: DatasetSource
beforeAll(async () => {
  bench = await openBench()
  server = http.createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  web = { type: 'web', protocol: 'http:', host: '127.0.0.1', port: String(port()), path: '/data/' }
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await bench.close()
})

const port = () => (server.address() as AddressInfo).port
const at = (path: string, host = '127.0.0.1') => `http://${host}:${port()}${path}`

/** Fetches with the bench's uploads. */
function fetchFrom(
  sources: Partial<Sources>,
  url: string,
  { limitMs, signal }: { limitMs?: number; signal?: AbortSignal } = {},
) {
  const fetch = createFetch({ allowed: [], s3: undefined, ...sources }, bench.datasets.upload, limitMs)
  const options = readOptions({ format: null })
  return fetch({ name: DatasetName.parse('fetched'), url, options, ...(signal && { signal }) })
}

/** The refusal of what may not be fetched, or cannot. */
async function refusal(work: ReturnType<Datasets['fetch']>): Promise<FitserveError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof FitserveError) return error
  throw error ?? new Error('Expected a refusal, and the file was taken')
}

describe('an address', () => {
  const sources: DatasetSource[] = [
    { type: 'web', protocol: 'https:', host: 'data.example.com', port: '', path: '/' },
    { type: 'web', protocol: 'https:', host: '*.example.org', port: '', path: '/public/' },
    { type: 'web', protocol: 'https:', host: '*', port: '8443', path: '/' },
    { type: 's3', bucket: 'bucket', prefix: 'a/' },
    { type: 's3', bucket: 'whole', prefix: '' },
    { type: 'file', folder: '/srv/data' },
  ]
  it.each([
    'https://data.example.com/x.csv?signed=1',
    'https://DATA.example.com./x.csv',
    'https://a.b.example.org/public/x.csv',
    'https://1.1.1.1:8443/x',
    's3://bucket/a/b c%20.csv',
    's3://whole/x',
    'file:///srv/data/a%20b.csv',
    'FILE:///srv/data/a.csv',
  ])('%s is allowed', (url) => {
    expect(allowedAddress(url, sources).type).toMatch(/web|s3|file/)
  })

  it.each([
    'http://data.example.com/x.csv',
    'https://data.example.com:444/x.csv',
    'https://user@data.example.com/x.csv',
    'https://example.org/public/x.csv',
    'https://a.example.org/publicity/x.csv',
    'https://a.example.org/public/../x.csv',
    'https://a.example.org/public/%2e%2e/x.csv',
    'https://evilexample.org/public/x.csv',
    'https://127.0.0.1:8443/x',
    'https://localhost:8443/x',
    'https://[::ffff:169.254.169.254]:8443/x',
    'https://169.254.169.254:8443/latest',
    's3://bucket/b/x',
    's3://bucket/',
    's3://other/a/x',
    'file:///srv/database/x',
    'file:///srv/data/../x',
    'file:///srv/data/..%2fx',
    'file://host/srv/data/x',
    'file:///srv/data/%00',
    'ftp://data.example.com/x',
    '/srv/data/x',
    'gopher:x',
    '',
  ])('%s is not, and the refusal tells no source', (url) => {
    const refused = () => allowedAddress(url, sources)
    expect(refused).toThrow(FitserveError)
    expect(refused).not.toThrow(/srv\/data\W*$|bucket"|example\.org|8443/)
  })

  it('is refused where the service has no sources', async () => {
    expect(await refusal(fetchFrom({}, 'https://data.example.com/x.csv'))).toMatchObject({
      code: 'invalid-request',
      problems: [
        { path: '/url', message: expect.stringMatching(/DATASET_SOURCES of the service is not set/) },
      ],
    })
  })
})

describe('a file of a web server', () => {
  it('is the same data set as an upload, and the same again', async () => {
    answer = (_request, response) => response.end(CSV)
    const uploaded = await bench.send(CSV)
    const { dataset, created } = await fetchFrom({ allowed: [web] }, at('/data/houses.csv'))
    expect([dataset.id, dataset.name, created]).toEqual([uploaded.dataset.id, 'fetched', false])
    expect(dataset.warnings.map(({ code }) => code)).not.toContain('format-found')
  })

  it('may be compressed on its way, and its content may say its format', async () => {
    answer = (_request, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('{"a":7}\n'))
    const { dataset } = await fetchFrom({ allowed: [web] }, at('/data/x?y=z.parquet'))
    expect([dataset.rows, dataset.warnings[0]?.code]).toEqual([1, 'format-found'])
  })

  it('may be behind redirects within the sources', async () => {
    answer = ({ url }, response) => {
      if (url === '/data/a.csv') response.writeHead(302, { location: 'b.csv' }).end()
      else if (url === '/data/b.csv') response.writeHead(307, { location: at('/data/c.csv') }).end()
      else response.end(CSV)
    }
    expect((await fetchFrom({ allowed: [web] }, at('/data/a.csv'))).dataset.rows).toBe(2)
  })

  it.each([
    ['leads elsewhere', () => at('/other/c.csv'), /redirects to an address that DATASET_SOURCES/],
    [
      'leads to another host',
      () => at('/data/c.csv', 'localhost'),
      /redirects to an address that DATASET_SOURCES/,
    ],
    ['leads to a file', () => 'file:///etc/passwd', /redirects to an address that DATASET_SOURCES/],
    ['leads nowhere', () => 'http://', /redirects to an address that DATASET_SOURCES/],
    ['leads to itself', () => 'a.csv', /redirects more than 5 times/],
  ])('is refused where a redirect %s', async (_what, location, message) => {
    asked = []
    answer = (_request, response) => response.writeHead(301, { location: location() }).end()
    const error = await refusal(fetchFrom({ allowed: [web] }, at('/data/a.csv')))
    expect([error.code, error.message]).toEqual(['source-unavailable', expect.stringMatching(message)])
    expect(new Set(asked)).toEqual(new Set(['/data/a.csv']))
  })

  it.each([404, 403, 500, 204, 206])('is refused where the server answers %s', async (status) => {
    answer = (_request, response) => response.writeHead(status).end(status === 204 ? undefined : 'secret')
    expect(await refusal(fetchFrom({ allowed: [web] }, at('/data/a.csv')))).toMatchObject({
      code: 'source-unavailable',
      message: `The source answered ${status}`,
    })
  })

  it('is refused where the connection breaks off, takes too long, or nobody listens', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write(CSV, () => response.destroy())
    }
    expect(await refusal(fetchFrom({ allowed: [web] }, at('/data/a.csv')))).toMatchObject({
      code: 'source-unavailable',
      message: expect.stringMatching(/broke off/),
    })
    answer = (_request, response) => {
      response.write(CSV)
    }
    expect(await refusal(fetchFrom({ allowed: [web] }, at('/data/a.csv'), { limitMs: 200 }))).toMatchObject({
      code: 'source-unavailable',
      message: expect.stringMatching(/within the limit/),
    })
    const closed: DatasetSource = { type: 'web', protocol: 'http:', host: '127.0.0.1', port: '1', path: '/' }
    const error = await refusal(fetchFrom({ allowed: [closed] }, 'http://127.0.0.1:1/a.csv'))
    expect([error.code, error.message]).toEqual([
      'source-unavailable',
      'The source cannot be reached (ECONNREFUSED)',
    ])
  })

  it('of a name that leads to a private address is refused, unless the name itself is allowed', async () => {
    answer = (_request, response) => response.end(CSV)
    const named: DatasetSource = { ...(web as Extract<DatasetSource, { type: 'web' }>), host: 'localhost' }
    expect((await fetchFrom({ allowed: [named] }, at('/data/a.csv', 'localhost'))).dataset.rows).toBe(2)
    asked = []
    const any: DatasetSource = { ...(web as Extract<DatasetSource, { type: 'web' }>), host: '*' }
    expect(await refusal(fetchFrom({ allowed: [any] }, at('/data/a.csv', 'localhost')))).toMatchObject({
      code: 'invalid-request',
    })
    expect(asked).toEqual([])
  })

  it('is given up when the client goes', async () => {
    const gone = new AbortController()
    const reason = new FitserveError('invalid-request', 'The client disconnected.')
    answer = (_request, response) => {
      response.write(CSV, () => gone.abort(reason))
    }
    expect(await refusal(fetchFrom({ allowed: [web] }, at('/data/a.csv'), { signal: gone.signal }))).toBe(
      reason,
    )
  })
})

describe('a file of a folder', () => {
  it('is read, and not through a link that leads out', async () => {
    const folder = join(bench.folder, 'sources')
    await mkdir(join(folder, 'in'), { recursive: true })
    await mkdir(join(folder, 'out'))
    await writeFile(join(folder, 'in', 'a.csv'), CSV)
    await writeFile(join(folder, 'out', 'secret.csv'), CSV)
    await symlink(join(folder, 'out', 'secret.csv'), join(folder, 'in', 'link.csv'))
    await symlink(join(folder, 'out'), join(folder, 'in', 'folder'))
    await symlink(join(folder, 'in', 'a.csv'), join(folder, 'in', 'inner.csv'))
    const allowed: DatasetSource[] = [{ type: 'file', folder: join(folder, 'in') }]
    const url = (name: string) => `file://${folder}/in/${name}`
    for (const name of ['a.csv', 'inner.csv'])
      expect((await fetchFrom({ allowed }, url(name))).dataset.rows).toBe(2)
    for (const name of ['link.csv', 'folder/secret.csv', 'none.csv', 'folder', ''])
      expect(await refusal(fetchFrom({ allowed }, url(name)))).toMatchObject({
        code: expect.stringMatching(/^(source-unavailable|invalid-request)$/),
        message: expect.not.stringContaining(folder),
      })
    // The folder itself may be a link.
    await rename(join(folder, 'in'), join(folder, 'real'))
    await symlink(join(folder, 'real'), join(folder, 'in'))
    expect((await fetchFrom({ allowed }, url('a.csv'))).dataset.rows).toBe(2)
    await rm(folder, { recursive: true })
  })
})

describe.skipIf(skipsS3)('an object of a bucket', () => {
  it('is read with the keys of the service', async () => {
    const s3 = await startS3()
    await mkdir(join(s3.objects, 'in'), { recursive: true })
    await writeFile(join(s3.objects, 'in', 'a b.csv'), CSV)
    const credentials = { ...CREDENTIALS, sessionToken: undefined }
    const access = { endpoint: s3.endpoint, region: 'us-east-1', credentials }
    const allowed: DatasetSource[] = [{ type: 's3', bucket: BUCKET, prefix: 'in/' }]
    const { dataset } = await fetchFrom({ allowed, s3: access }, `s3://${BUCKET}/in/a b.csv`)
    expect(dataset.rows).toBe(2)
    expect(await refusal(fetchFrom({ allowed, s3: access }, `s3://${BUCKET}/in/none.csv`))).toMatchObject({
      code: 'source-unavailable',
      message: expect.stringMatching(/no object/),
    })
    const wrong = { ...access, credentials: { ...credentials, secretAccessKey: 'another-secret' } }
    expect(await refusal(fetchFrom({ allowed, s3: wrong }, `s3://${BUCKET}/in/a b.csv`))).toMatchObject({
      code: 'source-unavailable',
      message: expect.not.stringContaining('127.0.0.1'),
    })
    await s3.close()
  })
})
