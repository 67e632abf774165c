import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { create } from 'tar'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../helpers/temporary.ts'
import { zip } from '../helpers/zip.ts'
import { script } from './fake-machine.ts'

const { originalData } = await script('originals/index.mjs')
let folder: string

beforeEach(async () => {
  folder = await temporaryFolder('originals')
})

/** An archive with these files, as bytes. */
async function tarGz(files: Record<string, string | Buffer>): Promise<Buffer> {
  const inside = join(folder, 'archive')
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(inside, name)), { recursive: true })
    await writeFile(join(inside, name), content)
  }
  const file = join(folder, 'archive.tgz')
  await create({ file, cwd: inside, gzip: true }, [
    ...new Set(Object.keys(files).map((name) => name.split('/')[0]!)),
  ])
  return readFile(file)
}

/** Serves one file like a plain web server; the first answer may break off after so many bytes. */
async function mirror(file: string, content: Buffer, breakAfter?: number) {
  const requests: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const { range } = request.headers
    requests.push(range)
    if (request.url !== `/originals/${file}`) return void response.writeHead(404).end()
    const start = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
    const rest = content.subarray(start)
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length })
    if (requests.length === 1 && breakAfter)
      response.write(rest.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 100))
    else response.end(rest)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = () => new Promise((done) => server.close(done).closeAllConnections())
  onTestFinished(async () => void (await close()))
  const { port } = server.address() as AddressInfo
  const env = {
    XDG_CACHE_HOME: join(folder, 'cache'),
    FITSERVE_ORIGINALS_URL: `http://127.0.0.1:${port}/originals/`,
    FITSERVE_ORIGINALS_SHA256: `${file}=${createHash('sha256').update(content).digest('hex')}`,
  }
  return { env, requests, close }
}

const read = async (file: string): Promise<string[][]> => parse(gunzipSync(await readFile(file)))
const get = (name: string, env: object) => originalData(name, { env, quiet: true })

function reviews(): Record<string, string> {
  const files: Record<string, string> = { 'aclImdb/README': 'read me', 'aclImdb/train/unsup/0_0.txt': 'none' }
  for (const split of ['train', 'test'])
    for (const label of ['neg', 'pos'])
      for (let i = 0; i < 20; i++)
        files[`aclImdb/${split}/${label}/${i}_7.txt`] = `${split}, "${label}" <br />é${i}`
  return files
}

describe('imdb', () => {
  it('a folder of reviews becomes two tables in a mixed but fixed order', async () => {
    const { env } = await mirror('aclImdb_v1.tar.gz', await tarGz(reviews()))
    const { train, test, target } = await get('imdb', env)
    const rows = await read(train)
    expect(rows[0]).toEqual(['text', 'label'])
    expect(rows).toHaveLength(41)
    expect(await read(test)).toHaveLength(41)
    expect(target).toBe('label')
    for (const [text, label] of rows.slice(1)) expect(text).toMatch(`train, "${label}" <br />é`)
    expect(new Set(rows.slice(1, 21).map(([, label]) => label)).size).toBe(2)
    const before = await readFile(train)
    await rm(env.XDG_CACHE_HOME, { recursive: true })
    expect(await readFile((await get('imdb', env)).train)).toEqual(before)
  })

  it('is fetched once', async () => {
    const { env, requests, close } = await mirror('aclImdb_v1.tar.gz', await tarGz(reviews()))
    const first = await get('imdb', env)
    await close()
    expect(await get('imdb', env)).toEqual(first)
    expect(requests).toHaveLength(1)
  })

  it('goes on where a broken connection stopped', async () => {
    const { env, requests } = await mirror('aclImdb_v1.tar.gz', await tarGz(reviews()), 400)
    await expect(get('imdb', env)).rejects.toThrow(/could not be downloaded[\s\S]+try again/)
    expect(await read((await get('imdb', env)).train)).toHaveLength(41)
    expect(requests).toEqual([undefined, 'bytes=400-'])
  })

  it('another file is refused and not kept, and so is none', async () => {
    const { env } = await mirror('aclImdb_v1.tar.gz', await tarGz(reviews()))
    const { FITSERVE_ORIGINALS_SHA256: _, ...strict } = env
    await expect(get('imdb', strict)).rejects.toThrow(/SHA-256 is .*, not c40f74a1/)
    const archives = await readdir(join(env.XDG_CACHE_HOME, 'fitserve/originals/archives'))
    expect(archives).toEqual([])
    await expect(get('boston', env)).rejects.toThrow(/the server answered 404/)
  })

  it('comes from DATASETS_DIR where that has it', async () => {
    await mkdir(join(folder, 'imdb'))
    await writeFile(join(folder, 'imdb/train.csv.gz'), '')
    const { train, from } = await get('imdb', { DATASETS_DIR: folder })
    expect(train).toBe(join(folder, 'imdb/train.csv.gz'))
    expect(from).toBe(join(folder, 'imdb'))
  })
})

describe('reuters', () => {
  const story = (split: string, topics: string[], text: string, has = 'YES') =>
    `<REUTERS TOPICS="${has}" LEWISSPLIT="${split}" NEWID="1">\n<TOPICS>${topics.map((t) => `<D>${t}</D>`).join('')}</TOPICS>
<TEXT>&#2;\n<TITLE>${text} UP</TITLE>\n<BODY>${text} &lt;ABC>\n  rose&amp;fell.\n Reuter\n&#3;</BODY></TEXT>\n</REUTERS>\n`

  it('stories with one topic that both parts have', async () => {
    const text = [
      story('TRAIN', ['earn'], 'one'),
      story('TEST', ['earn'], 'two'),
      story('TRAIN', ['earn', 'acq'], 'two topics'),
      story('TRAIN', [], 'no topic'),
      story('TRAIN', ['tea'], 'not in test'),
      story('TRAIN', ['earn'], 'not judged', 'NO'),
      story('NOT-USED', ['earn'], 'not used'),
    ].join('')
    const latin1 = Buffer.from(`<!DOCTYPE lewis SYSTEM "lewis.dtd">\n${text}\xfc`, 'latin1')
    const { env } = await mirror(
      'reuters21578.tar.gz',
      await tarGz({ 'reut2-000.sgm': latin1, 'README.txt': '' }),
    )
    const { train, test } = await get('reuters', env)
    expect(await read(train)).toEqual([
      ['text', 'label'],
      ['one UP one <ABC> rose&fell. Reuter', 'earn'],
    ])
    expect((await read(test)).slice(1)).toEqual([['two UP two <ABC> rose&fell. Reuter', 'earn']])
  })
})

describe('boston', () => {
  it('the arrays of an .npz, split as Keras does', async () => {
    const rows = 10
    const x = Float64Array.from({ length: rows * 13 }, (_, i) => i + 0.5)
    const y = Float64Array.from({ length: rows }, (_, i) => i)
    const npz = zip({ 'x.npy': npy(x, `${rows}, 13`), 'y.npy': npy(y, `${rows},`) })
    const { env } = await mirror('boston_housing.npz', npz)
    const { train, test } = await get('boston', env)
    const [header, ...table] = [...(await read(train)), ...(await read(test)).slice(1)]
    expect(header).toHaveLength(14)
    expect(await read(test)).toHaveLength(3)
    expect(table.map((row) => Number(row[13])).sort()).toEqual([...y])
    for (const row of table) expect(Number(row[0])).toBe(Number(row[13]) * 13 + 0.5)
  })

  it("the shuffle is NumPy's", async () => {
    const { RandomState } = await script('originals/random-state.mjs')
    const random = new RandomState(113)
    const items = Array.from({ length: 20 }, (_, i) => i)
    expect(random.shuffle(items).slice()).toEqual([
      14, 11, 19, 17, 1, 4, 8, 3, 13, 15, 16, 9, 0, 7, 6, 18, 12, 10, 2, 5,
    ])
    expect(random.shuffle(items)).toEqual([
      7, 8, 1, 19, 13, 2, 12, 15, 10, 16, 11, 14, 5, 0, 18, 3, 17, 6, 9, 4,
    ])
  })
})

it('california: the rows of housing.csv, a fixed tenth of them for testing', async () => {
  const lines = Array.from({ length: 206 }, (_, i) => `${-122 - i / 100},,<1H OCEAN,${i}`)
  const csv = ['longitude,total_bedrooms,ocean_proximity,median_house_value', ...lines].join('\n')
  const { env } = await mirror('housing.tgz', await tarGz({ 'housing/housing.csv': `${csv}\n` }))
  const { train, test, target } = await get('california', env)
  const rows = await read(train)
  const others = await read(test)
  expect([rows.length, others.length]).toEqual([187, 21])
  expect(rows[0]).toContain(target)
  expect(new Set([...rows.slice(1), ...others.slice(1)].map((row) => row[3])).size).toBe(206)
})

function npy(values: Float64Array, shape: string): Buffer {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape}), }`
  const header = `${text.padEnd(117)}\n`
  const length = Buffer.from([header.length, 0])
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    Buffer.from(header),
    Buffer.from(values.buffer),
  ])
}
