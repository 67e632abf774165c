import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPreparer } from '../../src/models/preparing/preparing.ts'
import { summarize } from '../../src/registry/artifacts.ts'
import { readLoadedFiles } from '../../src/registry/version-files.ts'
import { ownProgram } from '../../src/runtime/helper-pool.ts'
import { isTablesFile, tablesFileName } from '../../src/tables-file-name.ts'
import { type Archives, createArchives } from '../../src/versions/archives.ts'
import { csvTraining } from '../helpers/csv-training.ts'

/** Rows with so many long words that the vocabulary is large. */
const ROWS = 600
const WORDS = 40
const LONG = 'longword'.repeat(7)
const lines = Array.from({ length: ROWS }, (_, row) => {
  const words = Array.from({ length: WORDS }, (_, at) => `${LONG}${(row * WORDS + at).toString(36)}x`)
  return `${row % 2 ? 'good' : 'bad'} ${words.join(' ')},${row % 2 ? 'yes' : 'no'}`
})
const RECIPE = {
  target: 'label',
  encoder: { type: 'multiHot', numWords: 100_000, ngrams: [1, 1] },
  layers: [],
  epochs: 1,
  ensemble: 1,
  validation: { split: 0.2 },
}
const TEXTS = ['good', 'bad', `good ${LONG}7x nothing`, '']

let service: Awaited<ReturnType<typeof csvTraining>>
let archives: Archives

beforeAll(async () => {
  service = await csvTraining('kept-tables')
  const { store, models } = service
  const program = ownProgram(import.meta.url, '../../src/programs/check-archive')
  archives = createArchives({ store, models, maxBytes: 2 ** 26, program })
  const { dataset } = await service.upload('texts', ['text,label', ...lines].join('\n'))
  await service.train('texts', dataset.id, RECIPE)
})
afterAll(async () => {
  archives.close()
  await service.close()
})

/** Checks that a version has tables of its own encoder and no others, and loads it by them. */
async function loaded(model: string, number: number) {
  const { models } = service
  const entry = await models.entry(model, number)
  const { files } = await models.manifest(model, entry)
  const { sha256 = '' } = files['encoder.json'] ?? {}
  expect(Object.keys(files).filter(isTablesFile)).toEqual([tablesFileName(sha256)])
  const read = await readLoadedFiles(models, model, entry)
  expect(read).toHaveProperty('tables')
  const preparer = createPreparer()
  const predictor = await preparer.prepare(async () => read)
  await preparer.close()
  return predictor
}

describe('a version with a large vocabulary', () => {
  it('keeps its tables, and answers by them as by its encoder', async () => {
    const { predictor } = await service.version('texts', 1)
    const byTables = await loaded('texts', 1)
    expect(TEXTS.map((text) => byTables.predictText(text))).toEqual(
      TEXTS.map((text) => predictor.predictText(text)),
    )
  })

  it('has tables of its own with another threshold', async () => {
    await service.thresholds.set('texts', 1, { threshold: 0.999, promote: 'never', by: null })
    const first = await loaded('texts', 1)
    const second = await loaded('texts', 2)
    expect(second.predictText('good')).toEqual({
      ...first.predictText('good'),
      label: 'no',
      confidence: expect.any(Number),
    })
  })

  it('leaves them out of its archive, and an import makes them anew', async () => {
    const { content } = await archives.export('texts', '1')
    const archive = await buffer(content)
    expect(archive.includes('tables-')).toBe(false)
    await archives.import('other', Readable.from([archive]), { promote: undefined, by: null })
    const first = await loaded('texts', 1)
    const imported = await loaded('other', 1)
    expect(TEXTS.map((text) => imported.predictText(text))).toEqual(
      TEXTS.map((text) => first.predictText(text)),
    )
  })

  it('is loaded by its encoder where the tables are of another one, as an earlier release would copy them', async () => {
    const { models } = service
    const entry = await models.entry('texts', 1)
    const changed = Buffer.from(
      String(await models.readArtifact('texts', entry, 'encoder.json')).replace(
        '"threshold":0.5',
        '"threshold":0.75',
      ),
    )
    const files = { ...(await models.manifest('texts', entry)).files, 'encoder.json': summarize(changed) }
    const readArtifacts: typeof models.readArtifacts = async (name, of, choose) => {
      const read = async (file: string) =>
        [file, file === 'encoder.json' ? changed : await models.readArtifact(name, of, file)] as const
      const found = await Promise.all(choose(files).map(read))
      return new Map(found.flatMap(([file, bytes]) => (bytes ? [[file, bytes]] : [])))
    }
    const read = await readLoadedFiles({ readArtifacts }, 'texts', entry)
    expect('encoder' in read && read.encoder.equals(changed)).toBe(true)
  })
})
