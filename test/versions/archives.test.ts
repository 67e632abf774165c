import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { Header, list, type ReadEntry } from 'tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completeRecipe } from '../../src/recipe/index.ts'
import { summarize, writeArtifacts } from '../../src/registry/artifacts.ts'
import type { ModelRegistry } from '../../src/registry/registry.ts'
import { ownProgram } from '../../src/runtime/helper-pool.ts'
import { createServing } from '../../src/serving/serving.ts'
import type { Store } from '../../src/store/contract.ts'
import { writeHeldOut } from '../../src/training/held-out.ts'
import { type Archives, createArchives } from '../../src/versions/archives.ts'
import { temporaryRegistry } from '../helpers/registry.ts'
import { encoder, history, model } from '../jobs/small-model.ts'

const columns = [
  { name: 'x', type: 'number', missing: 0, min: 0, max: 1, mean: 0.5 },
  { name: 'y', type: 'number', missing: 0, min: 0, max: 1, mean: 0.5 },
] as never
const recipe = completeRecipe({ target: 'y', task: 'regression', validation: null }, {
  rows: 100,
  columns,
} as never).recipe

const CHECK = ownProgram(import.meta.url, '../../src/programs/check-archive')

let folder: string
let store: Store
let models: ModelRegistry
let archives: Archives
let good: Buffer

/** An archive of these files, in order, each block as the library writes it. */
function tarOf(files: [string, string | Buffer, object?][]): Buffer {
  const blocks = files.flatMap(([path, content, more = {}]) => {
    const bytes = Buffer.from(content)
    const header = new Header({
      path,
      size: bytes.length,
      mode: 0o644,
      type: 'File',
      mtime: new Date(0),
      ...more,
    })
    header.encode()
    return [header.block!, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

async function filesIn(archive: Buffer): Promise<[string, Buffer][]> {
  const files: Promise<[string, Buffer]>[] = []
  const onReadEntry = (entry: ReadEntry) => {
    files.push(entry.concat().then((bytes) => [entry.path, bytes]))
  }
  await new Promise<void>((resolve, reject) => {
    Readable.from([archive])
      .pipe(list({ onReadEntry, strict: true }))
      .on('end', resolve)
      .on('error', reject)
  })
  return Promise.all(files)
}

const importing = (archive: Buffer, name = 'other', pieces = 1000) => {
  const parts = Array.from({ length: Math.ceil(archive.length / pieces) }, (_, index) =>
    archive.subarray(index * pieces, (index + 1) * pieces),
  )
  return archives.import(name, Readable.from(parts), { promote: undefined, by: 'ann' })
}

/** The good archive with some files' content changed, and what the manifest says of them too. */
async function changed(changes: Record<string, object | Buffer>, about: object = {}): Promise<Buffer> {
  const files = new Map(await filesIn(good))
  for (const [name, content] of Object.entries(changes))
    files.set(name, Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content)))
  const manifest = { ...JSON.parse(String(files.get('manifest.json'))), ...about }
  for (const name of Object.keys(changes)) manifest.files[name] = summarize(files.get(name)!)
  const bytes = Buffer.from(JSON.stringify(manifest))
  files.set('manifest.json', bytes)
  const label = JSON.parse(String(files.get('export.json')))
  files.set('export.json', Buffer.from(JSON.stringify({ ...label, manifest: summarize(bytes) })))
  return tarOf([...files])
}

const weights = (...numbers: number[]) => Buffer.from(Float32Array.of(...numbers).buffer)
const deep = (levels: number) => Buffer.from('['.repeat(levels) + ']'.repeat(levels))
const wide = (keys: number) =>
  Object.fromEntries(Array.from({ length: keys }, (_, index) => [`k${index}`, 1]))

beforeAll(async () => {
  ;({ folder, store, models } = await temporaryRegistry('archives'))
  archives = createArchives({
    store,
    models,
    maxBytes: 1_000_000,
    program: CHECK,
  })
  const files = new Map<string, string | Buffer>([
    ['model.json', JSON.stringify(model)],
    ['weights.bin', Buffer.from(Float32Array.of(3, 0.5).buffer)],
    ['encoder.json', JSON.stringify(encoder)],
    ['history.json', JSON.stringify(history)],
  ])
  const about = {
    model: 'm',
    job: 'j1',
    attempt: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    dataset: { id: `ds_${'a'.repeat(24)}`, name: 'houses' },
    recipe,
    classes: null,
    more: [1],
  }
  const manifest = await writeArtifacts(store, 'artifacts/j1-1/', files, about)
  const version = {
    job: 'j1',
    attempt: 1,
    artifacts: 'artifacts/j1-1/',
    manifest,
    promote: 'always',
  } as const
  await models.publish('m', version, null)
  good = await buffer((await archives.export('m', 'production')).content)
})
afterAll(async () => {
  archives.close()
  await store.close()
})

describe('export', () => {
  it('leaves out folds that an import has no room for, of a version that kept them all', async () => {
    const fold = { loss: Array.from({ length: 2000 }, (_, epoch) => 1 / (epoch + 3)) }
    const long = { ...history, folds: Array.from({ length: 500 }, () => fold) }
    const bytes = Buffer.from(JSON.stringify(long))
    expect(bytes.length).toBeGreaterThan(16 * 2 ** 20)
    const version = await models.entry('m', '1')
    const files = new Map(await filesIn(good))
    for (const name of ['export.json', 'manifest.json']) files.delete(name)
    const { files: _, ...about } = await models.manifest('m', version)
    const artifacts = 'artifacts/j2-1/'
    const manifest = await writeArtifacts(store, artifacts, files.set('history.json', bytes), {
      ...about,
      job: 'j2',
    })
    await models.publish('long', { job: 'j2', attempt: 1, artifacts, manifest, promote: 'never' }, null)
    const wide = createArchives({ store, models, maxBytes: 2 ** 30, program: CHECK })
    const exported = await wide.export('long', '1')
    const archive = await buffer(exported.content)
    expect(archive.length).toBe(exported.bytes)
    const body = Readable.from([archive])
    const imported = await wide.import('short', body, { promote: 'never', by: null })
    wide.close()
    const kept = JSON.parse(String(await models.readArtifact('short', imported, 'history.json')))
    expect([kept.folds.length, kept.foldCount]).toEqual([150, 500])
  })

  it('is a tar that others can read, of the length that was said', async () => {
    const { name, bytes } = await archives.export('m', '1')
    expect([name, bytes]).toEqual(['m-1.tar', good.length])
    const files = await filesIn(good)
    expect(files.map(([path]) => path)).toEqual([
      'export.json',
      'manifest.json',
      'model.json',
      'weights.bin',
      'encoder.json',
      'history.json',
    ])
    expect(new Map(files).get('weights.bin')).toEqual(Buffer.from(Float32Array.of(3, 0.5).buffer))
    await expect(archives.export('m', '2')).rejects.toMatchObject({ code: 'unknown-version' })
  })
})

describe('import', () => {
  it('keeps the answers of the folds, and refuses what are none', async () => {
    const rows = Uint32Array.of(2, 5)
    const kept = writeHeldOut({ rows, outputs: 1, values: Float64Array.of(0.5, 1.5) })
    const entry = await importing(await changed({ 'held-out.json': Buffer.from(kept) }), 'folds')
    const exported = await buffer((await archives.export('folds', '1')).content)
    expect(new Map(await filesIn(exported)).get('held-out.json')?.toString()).toBe(kept)
    expect(String(await models.readArtifact('folds', entry, 'held-out.json'))).toBe(kept)
    await expect(importing(await changed({ 'held-out.json': { rows: [] } }))).rejects.toMatchObject({
      code: 'invalid-archive',
      message: expect.stringContaining('held-out.json'),
    })
  })

  it('leaves the rest of what it refuses to be read on, so that its client gets the answer', async () => {
    const many = tarOf(Array.from({ length: 3 }, () => ['history.json', '{}']))
    const body = Readable.from(
      Array.from({ length: 100 }, () => many),
      { objectMode: false },
    )
    await expect(archives.import('many', body, { promote: undefined, by: null })).rejects.toMatchObject({
      code: 'invalid-archive',
    })
    const ended = once(body, 'end')
    body.resume()
    await ended
  })

  it('does not blame the archive where the check ran out of time', async () => {
    const hurried = createArchives({ store, models, maxBytes: 1_000_000, program: CHECK, checkMs: 1 })
    const body = Readable.from([good])
    await expect(hurried.import('late', body, { promote: undefined, by: null })).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringContaining('Try again later'),
    })
    hurried.close()
    const again = hurried.import('late', Readable.from([good]), { promote: undefined, by: null })
    await expect(again).rejects.toMatchObject({ code: 'not-ready' })
  })

  it('publishes what was exported, under a number of its own, and says where it is from', async () => {
    const entry = await importing(good, 'copy', 7)
    expect(entry.version).toBe(1)
    const manifest = await models.manifest('copy', entry)
    expect(manifest).toMatchObject({
      model: 'copy',
      job: entry.job,
      recipe,
      more: [1],
      origin: { model: 'm', version: 1, job: 'j1', createdAt: '2026-01-01T00:00:00.000Z' },
    })
    const serving = await createServing({ models })
    const one = { form: 'features', path: '/features', single: true, onError: 'refuse' } as const
    const answers = await serving.predict({ model: 'copy' }, [{ x: 2 }], one)
    expect(answers).toEqual({ model: 'copy', version: 1, predictions: [{ value: 6.5 }] })
    await serving.close()
    expect((await models.head('copy'))?.by).toBe('ann')
    expect((await models.head('copy'))?.events[1]).toMatchObject({
      type: 'promoted',
      reason: 'Imported while no version was in production.',
    })
    expect((await importing(good, 'copy')).version).toBe(2)
    expect((await models.head('copy'))?.events[1]).toMatchObject({
      type: 'notPromoted',
      version: 2,
      reason: 'Imported while another version was in production.',
    })
    await archives.import('copy', Readable.from([good]), { promote: 'always', by: null })
    expect((await models.head('copy'))?.events[1]).toMatchObject({ type: 'promoted', reason: 'Imported.' })
    await archives.import('unused', Readable.from([good]), { promote: 'never', by: null })
    expect((await models.head('unused'))?.events[1]).toMatchObject({ type: 'notPromoted', reason: 'never' })
    expect((await models.entry('copy', 'production')).version).toBe(3)
    const again = await buffer((await archives.export('copy', '3')).content)
    expect(await models.manifest('twice', await importing(again, 'twice'))).toMatchObject({
      origin: { model: 'copy', version: 3, origin: { model: 'm', version: 1 } },
    })
  })

  it('takes an archive that another program has packed again', async () => {
    const files = (await filesIn(good)).reverse()
    const packed = tarOf(files.map(([name, bytes]) => [`./${name}`, bytes]))
    await importing(Buffer.concat([packed, Buffer.alloc(8192)]), 'packed')
  })

  it('refuses what is no such archive, by name, and leaves nothing', async () => {
    const artifacts = await readdir(join(folder, 'artifacts'))
    const files = await filesIn(good)
    const without = (name: string) => files.filter(([each]) => each !== name)
    const cases: [Buffer, RegExp][] = [
      [Buffer.alloc(0), /truncated/],
      [Buffer.alloc(1024), /no export\.json/],
      [Buffer.from('{"model":1}'.repeat(100)), /not a tar archive/],
      [good.subarray(0, good.length - 1600), /truncated/],
      [Buffer.concat([good, Buffer.from('x')]), /after its end/],
      [tarOf([...files, ['weights.bin', 'x']]), /weights\.bin is in it twice/],
      [tarOf(without('weights.bin')), /no weights\.bin/],
      [tarOf([...files, ['../evil', 'x']]), /only the files/],
      [tarOf([...files, ['/etc/passwd', 'x']]), /only the files/],
      [tarOf([...files, ['a/weights.bin', 'x']]), /only the files/],
      [
        tarOf([...files, ['evaluation.json', '', { type: 'SymbolicLink', linkpath: '/etc/passwd' }]]),
        /only the files/,
      ],
      [tarOf([...files, ['evaluation.json', '{}']]), /evaluation\.json is not what the archive says/],
      [
        tarOf([...without('history.json'), ['history.json', '{}']]),
        /history\.json is not what the archive says/,
      ],
      [tarOf([...without('manifest.json'), ['manifest.json', '{}']]), /manifest\.json is not what/],
      [await changed({ 'history.json': { epochs: 'many' } }), /history\.json is not what such a file is/],
      [await changed({ 'weights.bin': Buffer.alloc(12) }), /weights\.bin is damaged/],
      [await changed({ 'model.json': { ...model, weightsManifest: [] } }), /model\.json|weights\.bin/],
      [await changed({ 'encoder.json': { ...encoder, inputs: [] } }), /do not fit together/],
      [await changed({}, { recipe: { epochs: 1 } }), /manifest\.json/],
      [await changed({}, { recipe: { ...recipe, task: 'binary' } }), /do not fit together/],
      [await changed({}, { dataset: { id: 'x', name: '../x' } }), /manifest\.json/],
      [
        await changed({ 'weights.bin': weights(Number.NaN, 1) }),
        /weights\.bin .*not a finite number, at index 0/,
      ],
      [await changed({ 'weights.bin': weights(1, Number.NEGATIVE_INFINITY) }), /weights\.bin .*at index 1/],
      [await changed({ 'weights.bin': Buffer.alloc(7) }), /weights\.bin is damaged/],
      [await changed({ 'history.json': deep(20_000) }), /history\.json has more than 16 levels/],
      [await changed({ 'model.json': deep(20_000) }), /model\.json has more than 64 levels/],
      [await changed({ 'encoder.json': deep(20_000) }), /encoder\.json has more than 64 levels/],
      [
        await changed({ 'model.json': { ...model, ...wide(1_001) } }),
        /model\.json has more than 1000 different keys/,
      ],
      [await changed({}, wide(20_001)), /manifest\.json has more than 20000 different keys/],
      [
        await changed({ 'encoder.json': Buffer.from('{"__proto__":{"format":1}}') }),
        /encoder\.json has a key "__proto__"/,
      ],
    ]
    for (const text of ['null', '[]', '3', '"x"', '{', '', '\u0000', '{"inputs":1e999}'])
      cases.push([await changed({ 'encoder.json': Buffer.from(text) }), /encoder\.json is/])
    for (const [archive, message] of cases)
      await expect(importing(archive), String(message)).rejects.toMatchObject({
        code: 'invalid-archive',
        message: expect.stringMatching(message),
      })
    const large = tarOf([...files, ['evaluation.json', Buffer.alloc(1_000_000)]])
    await expect(importing(large)).rejects.toMatchObject({ code: 'payload-too-large' })
    expect(await models.head('other')).toBeUndefined()
    expect(await readdir(join(folder, 'artifacts'))).toEqual(artifacts)
  })

  it('with any byte changed or cut off takes the same files or none', async () => {
    const property = fc.asyncProperty(
      fc.nat(good.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (at, flip, cut) => {
        const bytes = cut ? good.subarray(0, at) : Buffer.from(good)
        if (!cut) bytes[at] = (bytes[at] ?? 0) ^ flip
        const entry = await importing(bytes, 'flipped').catch((error: unknown) => {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(invalid-archive|payload-too-large)$/),
          })
        })
        if (!entry) return
        const { files } = await models.manifest('flipped', entry)
        expect(files).toEqual((await models.manifest('m', await models.entry('m', 1))).files)
      },
    )
    await fc.assert(property, { numRuns: 150 })
  })

  it('of a client that goes away leaves nothing', async () => {
    async function* broken() {
      yield good.subarray(0, 2000)
      throw new Error('gone')
    }
    const done = archives.import('gone', Readable.from(broken()), { promote: undefined, by: null })
    await expect(done).rejects.toMatchObject({ code: 'invalid-request' })
    expect(await models.head('gone')).toBeUndefined()
  })
})
