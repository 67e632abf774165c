import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import type { PageRequest } from '../../src/page.ts'
import { type Bench, everything, openBench } from './harness.ts'

let bench: Bench
let inUse: (id: string) => Promise<string | null> = async () => null
const LIMIT = 1024 * 1024
beforeAll(async () => {
  bench = await openBench({ maxUploadBytes: LIMIT, inUse: (id) => inUse(id) })
})
afterAll(() => bench.close())

const CSV = 'a,b\n1,x\n2,y\n'
const ROWS = [
  { a: 1, b: 'x' },
  { a: 2, b: 'y' },
]

/** Files that an upload in progress may have, which are none once it has ended. */
async function scratch(): Promise<string[]> {
  const names = await readdir(join(bench.folder, 'store', '+tmp'), { recursive: true, withFileTypes: true })
  return names.filter((file) => file.isFile() && file.name !== 'alive').map(({ name }) => name)
}

describe('gzip', () => {
  const taken: Record<string, [Uint8Array, boolean]> = {
    'as a file': [gzipSync(CSV), false],
    'as an encoding': [gzipSync(CSV), true],
    'as a file in an encoding': [gzipSync(gzipSync(CSV)), true],
    'of several members': [Buffer.concat([gzipSync('a,b\n1,'), gzipSync(''), gzipSync('x\n2,y\n')]), false],
  }
  it.each(Object.entries(taken))('%s', async (_, [content, gzip]) => {
    const { rows, dataset } = await bench.table(content, { gzip })
    expect(rows).toEqual(ROWS)
    expect(dataset.sha256).toBe(createHash('sha256').update(CSV).digest('hex'))
    expect(dataset.bytes).toBe(CSV.length)
  })

  const compressed = gzipSync(CSV)
  const broken = Buffer.from(compressed)
  broken[compressed.length - 6]! ^= 1
  const refused: Record<string, [Uint8Array | string, boolean]> = {
    'that is cut off': [compressed.subarray(0, compressed.length - 1), false],
    'that ends within its second member': [Buffer.concat([compressed, compressed.subarray(0, 15)]), false],
    'with a wrong checksum': [broken, false],
    'with something else behind it': [Buffer.concat([compressed, Buffer.from('1,z\n')]), false],
    'that is said to be and is not': [CSV, true],
    'of nothing but its first bytes': [compressed.subarray(0, 2), false],
    'of nothing': [gzipSync(''), false],
  }
  it.each(Object.entries(refused))('%s', async (_, [content, gzip]) => {
    expect((await bench.refusal(content, { gzip })).code).toBe('invalid-dataset')
    expect(await scratch()).toEqual([])
  })

  it.each([1, 2])('is refused if it grows beyond the limit, compressed %d times', async (packed) => {
    let bomb = gzipSync(Buffer.alloc(64 * LIMIT))
    if (packed === 2) bomb = gzipSync(bomb)
    const error = await bench.refusal(bomb, { gzip: packed === 2 })
    expect(error).toMatchObject({
      code: 'payload-too-large',
      message: expect.stringContaining(String(LIMIT)),
    })
    expect(await scratch()).toEqual([])
  })
})

describe('an upload', () => {
  it('is refused as soon as it exceeds the limit by a byte', async () => {
    const exact = `a\n${'x'.repeat(LIMIT - 3)}\n`
    expect((await bench.send(exact)).dataset.bytes).toBe(LIMIT)
    expect((await bench.refusal(`${exact}\n`)).code).toBe('payload-too-large')
    let sent = 0
    const endless = new Readable({
      read() {
        sent += 65_536
        this.push(Buffer.alloc(65_536, 'x'))
      },
    })
    expect((await bench.refusal(endless)).code).toBe('payload-too-large')
    expect(sent).toBeLessThan(3 * LIMIT)
    expect(endless.destroyed, 'who opened the body can still answer').toBe(false)
    endless.destroy()
  })

  it('may come byte by byte', async () => {
    const bytes = Readable.from(
      [...Buffer.from('ä,b\n"é\n",x\n')].map((byte) => Buffer.from([byte])),
      { objectMode: false },
    )
    expect((await bench.table(bytes)).rows).toEqual([{ ä: 'é\n', b: 'x' }])
  })

  it('leaves nothing behind if its client disconnects', async () => {
    for (const error of [undefined, new Error('socket hang up')]) {
      const body = new PassThrough()
      const refusal = bench.refusal(body)
      body.write('a,b\n1,x\n')
      setTimeout(() => body.destroy(error), 50)
      expect((await refusal).code).toBe('invalid-request')
    }
    expect(await scratch()).toEqual([])
  })

  it('is refused with the error of its body', async () => {
    const wrong = Readable.from(
      (async function* () {
        yield Buffer.from('a,b\n1,2\n')
        throw new FitserveError('invalid-request', 'A second file.')
      })(),
    )
    expect(await bench.refusal(wrong)).toMatchObject({ code: 'invalid-request', message: 'A second file.' })
    expect(await scratch()).toEqual([])
  })

  it('leaves nothing behind if it is aborted', async () => {
    const controller = new AbortController()
    const body = new PassThrough()
    const upload = bench.send(body, { signal: controller.signal })
    body.write('a,b\n1,x\n')
    setTimeout(() => controller.abort(new Error('enough')), 50)
    await expect(upload).rejects.toThrow('enough')
    expect(await scratch()).toEqual([])
  })

  it('does no harm if its body fails after the refusal', async () => {
    const body = new PassThrough()
    body.write(`a\n${'x'.repeat(2 * LIMIT)}`)
    expect((await bench.refusal(body)).code).toBe('payload-too-large')
    const closed = new Promise((resolve) => body.on('close', resolve))
    body.destroy(new Error('too late'))
    await closed
  })
})

describe('the same content again', () => {
  it('is the same data set, and other options make another', async () => {
    const first = await bench.send(CSV, { name: 'same' })
    const again = await bench.send(gzipSync(CSV), { name: 'same' })
    expect([again.dataset, again.created]).toEqual([first.dataset, false])
    const ids = [first.dataset.id]
    for (const other of [{ onError: 'skip' as const }, { delimiter: ';' }, { types: 'a:text' }]) {
      if (other.delimiter) ids.push((await bench.send('a;b\n1;x\n2;y\n', other)).dataset.id)
      else ids.push((await bench.send(CSV, other)).dataset.id)
    }
    expect(new Set(ids).size).toBe(4)
    for (const id of ids) expect(id).toMatch(/^ds_[0-9a-f]{24}$/)
  })

  it('is read once if it is sent many times at once', async () => {
    const content = 'a,b\n1,once\n2,once\n'
    const sent = await Promise.all(
      Array.from({ length: 8 }, (_, index) => bench.send(content, { name: `at-once-${index % 3}` })),
    )
    expect(new Set(sent.map(({ dataset }) => dataset.id)).size).toBe(1)
    expect(sent.filter(({ created }) => created)).toHaveLength(1)
    expect((await bench.datasets.get('at-once-2')).id).toBe(sent[0]!.dataset.id)
  })

  it('is one data set if it is sent to two processes at once', async () => {
    const other = await openBench({ store: bench.store })
    const content = 'a,b\n1,two\n2,two\n'
    const sent = await Promise.all([bench.send(content, { name: 'p1' }), other.send(content, { name: 'p2' })])
    expect(sent[0].dataset.id).toBe(sent[1].dataset.id)
    expect(sent.filter(({ created }) => created)).toHaveLength(1)
    expect((await other.datasets.rows('p1', { limit: 10 })).items).toEqual([
      { a: 1, b: 'two' },
      { a: 2, b: 'two' },
    ])
    await other.close()
  })
})

describe('a name', () => {
  it('points to its newest upload, also if that is older content sent again', async () => {
    const one = await bench.send('a\nx\n', { name: 'moves' })
    const two = await bench.send('a\ny\n', { name: 'moves' })
    expect((await bench.datasets.get('moves')).id).toBe(two.dataset.id)
    await bench.send('a\nx\n', { name: 'moves' })
    expect((await bench.datasets.get('moves')).id).toBe(one.dataset.id)
    expect((await bench.datasets.get(two.dataset.id)).name, 'its last name').toBe('moves')
  })

  it.each(['constructor', 'a', 'A.b_c-d', 'a'.repeat(64), 'ds', 'names', 'ds_x'])(
    'may be %s',
    async (name) => {
      const { dataset } = await bench.send('a\nname\n', { name })
      expect(await bench.datasets.get(name)).toEqual({ ...dataset, name })
    },
  )

  it.each([
    'nothing',
    'ds_000000000000000000000000',
    'ds_00',
    '../etc',
    '',
    'a/b',
    '__proto__',
    'x'.repeat(1_000),
  ])('is refused with the existing names if it is unknown (%s)', async (name) => {
    await bench.send('a\nx\n', { name: 'moves' })
    const looks = [
      bench.datasets.get(name),
      bench.datasets.rows(name, { limit: 1 }),
      bench.datasets.delete(name),
    ]
    for (const look of await Promise.allSettled(looks))
      expect(look).toMatchObject({
        reason: { code: 'unknown-dataset', message: expect.stringContaining('moves') },
      })
  })
})

describe('lists', () => {
  it('have one entry for each name, newest upload first, in pages', async () => {
    const own = await openBench()
    const names = ['b', 'c', 'a', 'd', 'e']
    for (const name of names) await own.send(`a\n${name}\n`, { name })
    await own.send('a\nother\n', { name: 'c' })
    const all = await own.datasets.list({ limit: 50 })
    expect([all.items.map(({ name }) => name), all.next]).toEqual([['c', 'e', 'd', 'a', 'b'], null])
    expect((await everything((page) => own.datasets.list(page), 2)).map(({ name }) => name)).toEqual([
      'c',
      'e',
      'd',
      'a',
      'b',
    ])
    const whole = await own.datasets.get('c')
    // By which values a type was decided is told of one data set only.
    const columns = whole.columns.map(({ decidedBy: _, ...column }) => column)
    expect(all.items[0]).toEqual({ ...whole, columns, columnCount: 1 })
    await own.close()
  })

  it('have all data sets of a name, the newest first, in pages', async () => {
    const own = await openBench()
    const ids: string[] = []
    for (const cell of ['x', 'y', 'z']) ids.push((await own.send(`a\n${cell}\n`, { name: 'c' })).dataset.id)
    await own.send('a\nother\n', { name: 'd' })
    const history = (page: PageRequest) => own.datasets.history('c', page)
    expect((await history({ limit: 10 })).items.map(({ id }) => id)).toEqual(ids.toReversed())
    expect((await everything(history, 1)).map(({ id }) => id)).toEqual(ids.toReversed())
    // The first one is the newest again.
    await own.send('a\nx\n', { name: 'c' })
    expect((await everything(history, 2)).map(({ id }) => id)).toEqual([ids[0], ids[2], ids[1]])
    expect(await own.datasets.history('nobody', { limit: 10 })).toEqual({ items: [], next: null })
    expect(await own.datasets.history('../c', { limit: 10 })).toEqual({ items: [], next: null })
    await expect(history({ limit: 1, cursor: 'x' })).rejects.toMatchObject({ code: 'invalid-query' })
    await own.close()
  })

  it('show the first 100 columns of a data set, and no classes', async () => {
    const own = await openBench()
    const names = Array.from({ length: 150 }, (_, index) => `c${index}`)
    const line = names.map((_, index) => (index % 2 === 0 ? 'true' : '1'))
    await own.send(`${names}\n${line}\n${line}\n`)
    const [first] = (await own.datasets.list({ limit: 100 })).items
    expect(first).toMatchObject({ columnCount: 150, columns: { length: 100 } })
    expect(first?.columns[0]).toEqual({ name: 'c0', type: 'boolean', missing: 0, distinct: 1 })
    await own.close()
  })

  it.each([
    ['is torn', (text: string) => text.slice(0, -20), true],
    ['has another digit', (text: string) => text.replace('"line":3', '"line":4'), true],
    ['is torn and has no hash, as one of an earlier release', (text: string) => text.slice(0, -20), false],
    ['lacks a line and has no hash', (text: string) => text.slice(text.indexOf('\n') + 1), false],
  ])('of bad lines are refused where their file %s', async (what, damage, hashed) => {
    const content = `n,t\n1,a\nbad,${what},x\nworse,${what},x\n2,c\n`
    const { dataset } = await bench.send(content, { onError: 'skip', types: 'n:number' })
    const page = { limit: 10 }
    expect((await bench.datasets.rejects(dataset.id, page)).items).toHaveLength(2)
    const folder = join(bench.folder, 'store', 'datasets', dataset.id)
    const change = async (name: string, by: (text: string) => string) =>
      writeFile(join(folder, name), by(await readFile(join(folder, name), 'utf8')))
    if (!hashed)
      await change('description.json', (text) => {
        const { rejects: _rejects, seal: _seal, ...rest } = JSON.parse(text)
        return JSON.stringify(rest)
      })
    await change('rejects.ndjson', damage)
    const refusal = { code: 'corrupt-artifact', message: expect.stringContaining('rejected lines') }
    await expect(bench.datasets.rejects(dataset.id, page)).rejects.toMatchObject(refusal)
    await bench.datasets.delete(dataset.id)
  })

  it('of rows come in pages, and in the order of the file', async () => {
    const { dataset } = await bench.send(
      `n,t\n${Array.from({ length: 2_500 }, (_, i) => `${i},t${i}\n`).join('')}`,
    )
    const rows = await everything((page) => bench.datasets.rows(dataset.id, page), 700)
    expect(rows).toEqual(Array.from({ length: 2_500 }, (_, i) => ({ n: i, t: `t${i}` })))
  })

  it('of rows with very long texts show their beginnings, and name them', async () => {
    const own = await openBench()
    const long = '🤷'.repeat(1_100_000)
    const { dataset } = await own.send(`t,u,v\nshort,${long},${long}\n${long},b,c\n`, {
      types: 't:text,u:text,v:text',
    })
    const beginning = '🤷'.repeat(1_048_576)
    const page = await own.datasets.rows(dataset.id, { limit: 50 })
    expect(page.items).toEqual([
      { t: 'short', u: beginning, v: beginning },
      { t: beginning, u: 'b', v: 'c' },
    ])
    expect(page.cut).toEqual([
      { item: 0, column: 'u' },
      { item: 0, column: 'v' },
      { item: 1, column: 't' },
    ])
    await own.close()
  })

  it('of large rows come in smaller pages', async () => {
    const own = await openBench()
    const { dataset } = await own.send(
      `t,n\n${Array.from({ length: 12 }, (_, i) => `${'x'.repeat(1_000_000)},${i}\n`).join('')}`,
    )
    const first = await own.datasets.rows(dataset.id, { limit: 12 })
    expect(first.items.length).toBeLessThan(12)
    const rows = await everything((page) => own.datasets.rows(dataset.id, page))
    expect(rows.map((row) => row['n'])).toEqual(Array.from({ length: 12 }, (_, i) => i))
    await own.close()
  })

  it.each([
    '',
    'x',
    '🤷',
    Buffer.from('{"offset":-1}').toString('base64url'),
    Buffer.from('{"offset":1e999}').toString('base64url'),
  ])('refuse a made-up cursor (%j)', async (cursor) => {
    await bench.send(CSV, { name: 'cursor' })
    const wrong = { code: 'invalid-query', problems: [{ path: '/cursor' }] }
    await expect(bench.datasets.rows('cursor', { limit: 1, cursor })).rejects.toMatchObject(wrong)
    await expect(bench.datasets.list({ limit: 1, cursor })).rejects.toMatchObject(wrong)
  })

  it('end with the data set', async () => {
    const { dataset } = await bench.send(CSV)
    const cursor = Buffer.from('{"offset":1000}').toString('base64url')
    expect(await bench.datasets.rows(dataset.id, { limit: 1, cursor })).toEqual({ items: [], next: null })
    expect(await bench.datasets.rejects(dataset.id, { limit: 1 })).toEqual({ items: [], next: null })
  })
})

describe('delete', () => {
  it('by id removes the data set from its names', async () => {
    const old = await bench.send('a\n1\n', { name: 'del' })
    const gone = await bench.send('a\n2\n', { name: 'del' })
    await bench.datasets.delete(gone.dataset.id)
    await expect(bench.datasets.get(gone.dataset.id)).rejects.toMatchObject({ code: 'unknown-dataset' })
    expect((await bench.datasets.get('del')).id).toBe(old.dataset.id)
    expect((await bench.send('a\n2\n', { name: 'del' })).created, 'it can come again').toBe(true)
  })

  it('by name removes what only that name refers to', async () => {
    const mine = await bench.send('a\nmine\n', { name: 'del-name' })
    const shared = await bench.send('a\nshared\n', { name: 'del-name' })
    await bench.send('a\nshared\n', { name: 'del-other' })
    await bench.datasets.delete('del-name')
    for (const gone of ['del-name', mine.dataset.id])
      await expect(bench.datasets.get(gone)).rejects.toMatchObject({ code: 'unknown-dataset' })
    expect(await bench.datasets.get(shared.dataset.id)).toMatchObject({ name: 'del-other' })
    expect(await bench.store.children(`datasets/${mine.dataset.id}/`), 'no file is left').toEqual([])
  })

  it('is refused while the data set is in use, and removes nothing', async () => {
    const used = await bench.send('a\nused\n', { name: 'used' })
    await bench.send('a\nnewer\n', { name: 'used' })
    inUse = async (id) => (id === used.dataset.id ? 'job 0199' : null)
    for (const how of [used.dataset.id, 'used']) {
      const refusal = { code: 'dataset-in-use', message: expect.stringContaining('job 0199') }
      await expect(bench.datasets.delete(how)).rejects.toMatchObject(refusal)
    }
    inUse = async () => null
    expect((await bench.datasets.rows(used.dataset.id, { limit: 1 })).items).toEqual([{ a: 'used' }])
    await bench.datasets.delete('used')
  })

  it('during uploads of the same file leaves a complete data set or none', async () => {
    for (let round = 0; round < 5; round++) {
      const content = `a\nround ${round}\n`
      const { dataset } = await bench.send(content, { name: 'race' })
      await Promise.allSettled([
        bench.datasets.delete(dataset.id),
        bench.send(content, { name: 'race' }),
        bench.datasets.delete('race'),
      ])
      const there = await bench.datasets.get(dataset.id).catch(() => undefined)
      if (there)
        expect((await bench.datasets.rows(dataset.id, { limit: 1 })).items).toEqual([{ a: `round ${round}` }])
      else expect(await bench.store.children(`datasets/${dataset.id}/`)).toEqual([])
    }
  })
})
