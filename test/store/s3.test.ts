import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { summarize, writeArtifacts } from '../../src/registry/artifacts.ts'
import { createModelRegistry } from '../../src/registry/registry.ts'
import type { Store } from '../../src/store/contract.ts'
import { createS3Store, type S3StoreOptions } from '../../src/store/s3/s3.ts'
import { storeContract } from '../contracts/store.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { startProxy, type Trouble } from './s3-proxy.ts'
import { BUCKET, CREDENTIALS, skipsS3, startS3 } from './s3-server.ts'

const PREFIX = 'some/where/'

describe.skipIf(skipsS3)('with a versitygw', () => {
  let server: Awaited<ReturnType<typeof startS3>>
  let folder: string
  let store: Store
  /** A client that knows nothing of this project. */
  let client: S3Client
  let caches = 0
  const newFolder = () => {
    caches += 1
    return join(folder, `cache-${caches}`)
  }
  beforeAll(async () => {
    server = await startS3()
    folder = await temporaryFolder('s3-cache')
    store = await open()
    const { endpoint } = server
    client = new S3Client({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, forcePathStyle: true })
  })
  afterAll(async () => {
    client.destroy()
    await store.close()
    await server.close()
  })
  const open = (options: Partial<S3StoreOptions> = {}) =>
    createS3Store({
      bucket: BUCKET,
      prefix: PREFIX,
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: CREDENTIALS,
      cacheFolder: join(folder, 'cache'),
      cacheLimit: 2 ** 30,
      check: true,
      ...options,
    })
  /** A store of its own, closed when the test is over. */
  const opened = async (options: Partial<S3StoreOptions> = {}) => {
    const made = await open({ cacheFolder: newFolder(), ...options })
    onTestFinished(() => made.close())
    return made
  }
  /** A store behind a proxy that makes trouble once it is open. */
  const troubled = async (trouble: Trouble) => {
    let quiet = true
    const proxy = await startProxy(server.port, (request) => (quiet ? 'pass' : trouble(request)))
    const made = await open({ endpoint: proxy.endpoint, cacheFolder: newFolder() })
    onTestFinished(async () => {
      await made.close()
      await proxy.close()
    })
    quiet = false
    return made
  }
  const objectOf = (key: string) => join(server.objects, PREFIX, key)
  /** Changes one byte of what the server has on its disk. */
  const flip = async (key: string) => {
    const bytes = await readFile(objectOf(key))
    bytes[Math.floor(bytes.length / 2)]! ^= 1
    await writeFile(objectOf(key), bytes)
  }
  const file = async (bytes: Uint8Array) => {
    const path = join(folder, `file-${randomBytes(4).toString('hex')}`)
    await writeFile(path, bytes)
    return path
  }
  const uploads = async () =>
    (await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? []

  storeContract('S3', open)

  describe('a large file', () => {
    const bytes = randomBytes(40 * 2 ** 20 + 1)

    it('is stored in parts and comes back as it was, in each way', async () => {
      const path = await file(bytes)
      expect(await store.createFromFile('large/one', path)).toBe(true)
      expect(bytes.equals((await store.read('large/one'))!)).toBe(true)
      expect(bytes.equals(await buffer((await store.stream('large/one'))!))).toBe(true)
      expect(bytes.equals(await readFile((await store.localFile('large/one'))!))).toBe(true)
      expect(await store.createFromFile('large/one', path)).toBe(false)
      expect(await store.create('large/two', bytes), 'from memory too').toBe(true)
      expect(bytes.equals((await store.read('large/two'))!)).toBe(true)
      expect(await uploads()).toEqual([])
      await rm(path)
    })

    it('that four create at once is one’s, and nothing is left of the others’', async () => {
      const paths = await Promise.all([0, 1, 2, 3].map((n) => file(Buffer.alloc(17 * 2 ** 20, n))))
      const won = await Promise.all(paths.map((path) => store.createFromFile('large/race', path)))
      expect(won.filter(Boolean)).toHaveLength(1)
      const there = (await store.read('large/race'))!
      expect(there.equals(Buffer.alloc(17 * 2 ** 20, won.indexOf(true)))).toBe(true)
      expect(await uploads()).toEqual([])
    })

    it('that a process left half sent is swept after a day, when another is stored', async () => {
      const begin = new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: `${PREFIX}large/left` })
      await client.send(begin)
      const large = await file(Buffer.alloc(17 * 2 ** 20))
      const first = await opened()
      await first.createFromFile('large/first', large)
      await vi.waitFor(async () => expect(await uploads()).toHaveLength(1), { timeout: 20_000 })
      const second = await opened()
      await atTime(Date.now() + 25 * 3_600_000, () => second.createFromFile('large/second', large))
      await vi.waitFor(async () => expect(await uploads()).toEqual([]), { timeout: 30_000 })
    })
  })

  it('more names than one answer holds are all listed, and all deleted', async () => {
    const names = Array.from({ length: 1_050 }, (_, n) => `key-${String(n).padStart(4, '0')}`)
    for (let from = 0; from < names.length; from += 50)
      await Promise.all(names.slice(from, from + 50).map((name) => store.create(`many/${name}`, name)))
    await store.create('many/key-0007.d/deeper', '')
    const all = [...names.slice(0, 8), 'key-0007.d', ...names.slice(8)]
    expect(await store.children('many/')).toEqual(all)
    expect(await store.children('many/', { after: 'key-0007' })).toEqual(all.slice(8))
    expect(await store.children('many/', { after: 'key-0007.d' })).toEqual(all.slice(9))
    await store.deleteBelow('many/')
    expect(await store.children('many/')).toEqual([])
  }, 180_000)

  describe('bytes that are not what was stored', () => {
    it('are refused, whichever way they are asked for', async () => {
      const large = await file(Buffer.alloc(17 * 2 ** 20, 7))
      await store.create('damaged/small', 'a text')
      await store.createFromFile('damaged/large', large)
      for (const key of ['damaged/small', 'damaged/large']) {
        await flip(key)
        const refused = { name: 'FitserveError', code: 'corrupt-artifact' }
        await expect(store.read(key), key).rejects.toMatchObject(refused)
        await expect(store.localFile(key), key).rejects.toMatchObject(refused)
        await expect(
          store.stream(key).then((it) => buffer(it!)),
          key,
        ).rejects.toMatchObject(refused)
      }
      await store.create('damaged/short', 'a longer text')
      await truncate(objectOf('damaged/short'), 4)
      await expect(store.read('damaged/short')).rejects.toMatchObject({ code: 'corrupt-artifact' })
    })

    it('are fetched again where only the way is at fault', async () => {
      await store.create('damaged/way', randomBytes(100_000))
      const whole = await store.read('damaged/way')
      const faults = ['flip-byte', 'cut-body', 'flip-byte', 'cut-body'] as const
      let asked = 0
      const rough = await troubled(({ method }) => (method === 'GET' && faults[asked++]) || 'pass')
      expect(await rough.read('damaged/way')).toEqual(whole)
      expect(await readFile((await rough.localFile('damaged/way'))!)).toEqual(whole)
      expect(asked).toBeGreaterThan(4)
    })

    it('name the file of the version that they are of', async () => {
      const models = createModelRegistry(store)
      const files = new Map([['weights.bin', randomBytes(100)]])
      const manifest = await writeArtifacts(store, 'artifacts/j-1/', files, {})
      const publication = {
        job: 'j',
        attempt: 1,
        artifacts: 'artifacts/j-1/',
        manifest,
        promote: 'always' as const,
      }
      const entry = await models.publish('imdb', publication, null)
      expect(summarize((await models.readArtifact('imdb', entry, 'weights.bin'))!).bytes).toBe(100)
      await flip('artifacts/j-1/weights.bin')
      await expect(models.readArtifact('imdb', entry, 'weights.bin')).rejects.toMatchObject({
        code: 'corrupt-artifact',
        message: 'weights.bin of version 1 of "imdb" is not what was stored.',
      })
    })
  })

  it('an object that another program has put there is taken as it is', async () => {
    const Key = `${PREFIX}foreign/file`
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'from elsewhere' }))
    expect((await store.read('foreign/file'))?.toString()).toBe('from elsewhere')
    expect(await readFile((await store.localFile('foreign/file'))!, 'utf8')).toBe('from elsewhere')
    expect(await store.create('foreign/file', 'x')).toBe(false)
    expect(await store.children('foreign/')).toEqual(['file'])
  })

  describe('a request whose answer is lost', () => {
    it('has created the key, and its repetition knows that', async () => {
      let dropped = 0
      const rough = await troubled(({ method }) =>
        method === 'PUT' && dropped++ === 0 ? 'drop-answer' : 'pass',
      )
      expect(await rough.create('lost/one', 'mine')).toBe(true)
      expect(dropped).toBeGreaterThan(1)
      expect(await rough.create('lost/one', 'another’s')).toBe(false)
      expect((await store.read('lost/one'))?.toString()).toBe('mine')
    })

    it('has not, where another was faster', async () => {
      await store.create('lost/two', 'another’s')
      let dropped = 0
      const rough = await troubled(({ method }) =>
        method === 'PUT' && dropped++ === 0 ? 'drop-answer' : 'pass',
      )
      expect(await rough.create('lost/two', 'mine')).toBe(false)
    })

    it('has put a large file together', async () => {
      let dropped = 0
      const completes: (request: IncomingMessage) => boolean = ({ method, url = '' }) =>
        method === 'POST' && url.includes('uploadId')
      const rough = await troubled((request) =>
        completes(request) && dropped++ === 0 ? 'drop-answer' : 'pass',
      )
      const bytes = randomBytes(17 * 2 ** 20)
      expect(await rough.createFromFile('lost/large', await file(bytes))).toBe(true)
      expect(dropped).toBeGreaterThan(0)
      expect(bytes.equals((await store.read('lost/large'))!)).toBe(true)
    })

    it('is tried again after a conflict and a refusal that passes', async () => {
      const refusals = [
        { status: 409, code: 'ConditionalRequestConflict' },
        { status: 503, code: 'SlowDown' },
        { status: 500, code: 'InternalError' },
      ]
      const rough = await troubled(({ method }) => (method === 'PUT' && refusals.shift()) || 'pass')
      expect(await rough.create('lost/conflict', 'mine')).toBe(true)
      expect(refusals).toEqual([])
    })
  })

  describe('is refused at the start, by a sentence that gives nothing away,', () => {
    const refusal = async (options: Partial<S3StoreOptions>) => {
      const error: unknown = await open({ cacheFolder: newFolder(), ...options }).catch((it: unknown) => it)
      expect(error).toMatchObject({ name: 'FitserveError', code: 'store-unavailable' })
      const { message, cause } = error as Error
      expect(`${message} ${cause}`).not.toMatch(/secret|access-|nowhere|127\.0|localhost|\d{4}/)
      return message
    }

    it('for wrong keys', async () => {
      const wrong = 'The store does not accept its access keys.'
      expect(await refusal({ credentials: { ...CREDENTIALS, accessKeyId: 'nobody' } })).toBe(wrong)
      expect(await refusal({ credentials: { ...CREDENTIALS, secretAccessKey: 'secret' } })).toBe(wrong)
    })

    it('for a bucket that is not there', async () => {
      expect(await refusal({ bucket: 'nowhere' })).toBe("The store's bucket does not exist.")
    })

    it('for another region', async () => {
      expect(await refusal({ region: 'eu-central-1' })).toMatch(/region/)
    })

    it('for an address where nobody answers', async () => {
      expect(await refusal({ endpoint: 'http://127.0.0.1:1' })).toBe('The store cannot be reached.')
      expect(await refusal({ endpoint: 'http://nowhere.invalid' })).toBe('The store cannot be reached.')
    })

    it('for an address that speaks another protocol', async () => {
      expect(await refusal({ endpoint: `https://127.0.0.1:${server.port}` })).toBe(
        'The store cannot be reached.',
      )
    })

    it.each([
      [403, 'AccessDenied', 'The access keys of the store lack a permission that is needed.'],
      [400, 'ExpiredToken', 'The access keys of the store have expired.'],
      [403, 'RequestTimeTooSkewed', "This machine's clock and the store's are too far apart."],
      [301, 'PermanentRedirect', "The store's bucket is in another region than the one that is set."],
      [503, 'SlowDown', 'The store is overloaded or reports an internal error.'],
      [418, 'SomethingNew', 'The store gave an unexpected response.'],
    ])(
      'for %i %s',
      async (status, code, sentence) => {
        const proxy = await startProxy(server.port, () => ({ status, code }))
        onTestFinished(proxy.close)
        expect(await refusal({ endpoint: proxy.endpoint })).toBe(sentence)
      },
      20_000,
    )

    it('for keys that may read and not write', async () => {
      const proxy = await startProxy(server.port, ({ method }) =>
        method === 'PUT' ? { status: 403, code: 'AccessDenied' } : 'pass',
      )
      onTestFinished(proxy.close)
      expect(await refusal({ endpoint: proxy.endpoint })).toMatch(/lack a permission/)
    })

    it('for a server that overwrites what is there', async () => {
      const careless = createServer((request, response) => {
        request.resume()
        response.end(request.method === 'GET' ? '<ListBucketResult></ListBucketResult>' : undefined)
      }).listen(0, '127.0.0.1')
      onTestFinished(() => void careless.close())
      await once(careless, 'listening')
      const { port } = careless.address() as AddressInfo
      expect(await refusal({ endpoint: `http://127.0.0.1:${port}` })).toMatch(/overwrites existing objects/)
    })
  })

  it('a clock that is an hour off is made up for', async () => {
    const late = await opened({ check: false })
    await atTime(Date.now() + 3_600_000, async () => {
      expect(await late.create('clock/key', 'x')).toBe(true)
      await late.ping()
    })
  })

  describe('copies on the local disk', () => {
    it('are fetched once, by however many stores ask, and again where they are damaged', async () => {
      const bytes = randomBytes(3_000_000)
      await store.create('copies/one', bytes)
      let fetched = 0
      const counting: Trouble = ({ method, url = '' }) => {
        if (method === 'GET' && url.includes('copies')) fetched += 1
        return 'pass'
      }
      const cacheFolder = newFolder()
      const proxy = await startProxy(server.port, counting)
      onTestFinished(proxy.close)
      const another = () => opened({ endpoint: proxy.endpoint, cacheFolder })
      const [first, second] = await Promise.all([another(), another()])
      const paths = await Promise.all(Array.from({ length: 8 }, () => first.localFile('copies/one')))
      expect(new Set(paths).size).toBe(1)
      const path = (await second.localFile('copies/one'))!
      expect(fetched).toBe(1)
      await Promise.all([first, second].map((it) => it.localFile('copies/one')))
      expect(fetched).toBe(1)

      await writeFile(path, Buffer.alloc(3_000_000))
      const third = await another()
      expect(bytes.equals(await readFile((await third.localFile('copies/one'))!))).toBe(true)
      expect(fetched, 'what another process has filled is checked').toBe(2)
    })

    it('of a key that was deleted and made again are of what is there now', async () => {
      await store.create('copies/again', 'first')
      expect(await readFile((await store.localFile('copies/again'))!, 'utf8')).toBe('first')
      await store.delete('copies/again')
      expect(await store.localFile('copies/again')).toBeUndefined()
      await store.create('copies/again', 'other')
      expect(await readFile((await store.localFile('copies/again'))!, 'utf8')).toBe('other')
    })

    it('keep to their limit: those not asked for the longest go, and none that are in use', async () => {
      const cacheFolder = newFolder()
      const small = await opened({ cacheFolder, cacheLimit: 3_500 })
      const paths: string[] = []
      for (let n = 0; n < 6; n += 1) {
        await store.create(`copies/limit-${n}`, Buffer.alloc(1_000, n))
        paths.push((await small.localFile(`copies/limit-${n}`))!)
      }
      const there = async () => (await readdir(cacheFolder)).filter((name) => !name.startsWith('+'))
      expect(await there(), 'all are in use').toHaveLength(6)
      for (const [n, path] of paths.entries()) {
        const used = new Date(Date.now() - 3_600_000 + n * 1_000)
        await utimes(path, used, used)
      }
      expect(await small.localFile('copies/limit-0'), 'asked for again').toBe(paths[0])
      await store.create('copies/limit-6', Buffer.alloc(1_000, 6))
      const last = (await small.localFile('copies/limit-6'))!
      expect((await there()).map((name) => join(cacheFolder, name)).toSorted()).toEqual(
        [paths[0]!, paths[5]!, last].toSorted(),
      )
      expect(await readFile((await small.localFile('copies/limit-3'))!)).toEqual(Buffer.alloc(1_000, 3))
    })

    it('and work in progress leave nothing behind', async () => {
      const cacheFolder = newFolder()
      await mkdir(join(cacheFolder, '+tmp', 'elsewhere+1+1+a'), { recursive: true })
      const then = new Date(Date.now() - 3_600_000)
      await utimes(join(cacheFolder, '+tmp', 'elsewhere+1+1+a'), then, then)
      const made = await open({ cacheFolder })
      await writeFile(join(await made.scratchFolder(), 'x'), 'x')
      await made.close()
      expect(await readdir(join(cacheFolder, '+tmp'))).toEqual([])
      expect((await stat(cacheFolder)).isDirectory()).toBe(true)
    })
  })

  describe('that goes away', () => {
    afterEach(async () => {
      await server.signal('SIGCONT')
      await server.stop()
      await server.start()
    })

    it('is store-unavailable, and all goes on when it is back', async () => {
      await store.create('away/before', 'x')
      await server.stop('SIGKILL')
      for (const call of [
        () => store.ping(),
        () => store.read('away/before'),
        () => store.create('away/during', 'x'),
        () => store.children('away/'),
        () => store.localFile('away/before'),
      ])
        await expect(call()).rejects.toMatchObject({
          code: 'store-unavailable',
          message: /cannot be reached/,
        })
      await server.start()
      expect(await store.read('away/before')).toHaveLength(1)
      expect(await store.create('away/after', 'x')).toBe(true)
    })

    it('or hangs is store-unavailable in time', async () => {
      await server.signal('SIGSTOP')
      const calls = [store.ping(), store.has('away/before'), store.create('away/hung', 'x')]
      const ended = await Promise.allSettled(calls)
      for (const it of ended) {
        expect(it).toMatchObject({ status: 'rejected', reason: { code: 'store-unavailable' } })
        expect(it).toMatchObject({ reason: { message: 'The store does not answer in time.' } })
      }
      await server.signal('SIGCONT')
      await store.ping()
    }, 180_000)
  })
})

/** Does some work with a clock that is put to another time. */
async function atTime<T>(now: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now })
  try {
    return await work()
  } finally {
    vi.useRealTimers()
  }
}
