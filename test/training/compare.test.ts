import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { OpenTable } from '../../src/datasets/kept-tables.ts'
import { FitserveError } from '../../src/errors.ts'
import { CompleteRecipe } from '../../src/recipe/index.ts'
import { createComparer } from '../../src/training/compare.ts'
import type { ComparedVersion, CompareInput } from '../../src/training-contract.ts'
import { csvTraining } from '../helpers/csv-training.ts'

let service: Awaited<ReturnType<typeof csvTraining>>
const ids: Record<string, string> = {}

/** Rows that are all different; y grows with x, and each third row counts five times. */
function csv(from: number, to: number): string {
  const lines = Array.from({ length: to - from }, (_, at) => {
    const row = from + at
    const x = ((row * 7919) % 1000) / 1000
    return `${(x + row / 1e7).toFixed(7)},${(3 * x + ((row * 37) % 11) / 5).toFixed(3)},${row % 3 === 0 ? 5 : 1}`
  })
  return ['x,y,w', ...lines].join('\n')
}

beforeAll(async () => {
  service = await csvTraining('compare')
  for (const [name, from, to] of [
    ['own', 0, 90],
    ['apart', 500, 560],
    ['third', 800, 850],
  ] as const)
    ids[name] = (await service.upload(name, csv(from, to))).dataset.id
})
afterAll(() => service.close())

const plain = { target: 'y', inputs: ['x'], layers: [], epochs: 4, ensemble: 1, metrics: ['mae'] }

/** A version as it is compared, with its own figure and the rows that it tells to have held out. */
interface Trained {
  version: ComparedVersion
  mae: number
  accuracy: number
  heldOut: number[]
}

const versions = new Map<string, Promise<Trained>>()

/** Trains a version of a recipe once. */
function trained(recipe: object, name = 'own'): Promise<Trained> {
  const key = JSON.stringify([recipe, name])
  const known = versions.get(key)
  if (known) return known
  const made = train(`m${versions.size}`, recipe, ids[name] ?? '')
  versions.set(key, made)
  return made
}

async function train(model: string, recipe: object, dataset: string): Promise<Trained> {
  const { manifest, evaluation, heldOut, bytes } = await service.train(model, dataset, {
    ...plain,
    ...recipe,
  })
  return {
    version: {
      recipe: z.object({ recipe: CompleteRecipe }).parse(manifest).recipe,
      dataset,
      files: {
        encoder: await bytes('encoder.json'),
        model: await bytes('model.json'),
        weights: await bytes('weights.bin'),
        heldOut: heldOut ? await bytes('held-out.json') : undefined,
      },
    },
    mae: evaluation.metrics['mae'] ?? Number.NaN,
    accuracy: evaluation.metrics['accuracy'] ?? Number.NaN,
    heldOut: Array.from(heldOut?.rows ?? []),
  }
}

interface How {
  /** The data set to compare on. Default: that of the candidate. */
  on?: string | null
  open?: OpenTable
  metric?: CompareInput['metric']
  signal?: AbortSignal
}

function compared(candidate: ComparedVersion, production: ComparedVersion, how: How = {}) {
  const { on = null, open = service.tables, metric = 'mae', signal = new AbortController().signal } = how
  const dataset = on === null ? null : (ids[on] ?? '')
  return createComparer(open)({ candidate, production, dataset, metric, signal })
}

/** Returns a version as one of an earlier release, which does not tell which rows it held out. */
function ofEarlierRelease({ files, ...version }: ComparedVersion): ComparedVersion {
  return { ...version, files: { ...files, heldOut: undefined } }
}

describe('versions that are validated by another data set', () => {
  it('are compared on it with the figures that both were evaluated with', async () => {
    const first = await trained({ validation: { dataset: 'apart' } })
    const last = await trained({ validation: { dataset: 'apart' }, epochs: 8 })
    for (const [one, other] of [
      [first, last],
      [last, first],
    ] as const) {
      const result = await compared(one.version, other.version)
      expect(result).toMatchObject({ fair: true, dataset: ids['apart'], rows: 60, note: null })
      if (!result.fair) continue
      expect(result.candidate).toBeCloseTo(one.mae, 9)
      expect(result.production).toBeCloseTo(other.mae, 9)
    }
    // All rows of the third one are new to both.
    expect(await compared(last.version, first.version, { on: 'third' })).toMatchObject({
      fair: true,
      rows: 50,
    })
  })

  it('are not compared on rows that both were trained on', async () => {
    const { version } = await trained({ validation: { dataset: 'apart' } })
    expect(await compared(version, version, { on: 'own' })).toEqual({
      fair: false,
      reason: 'None of 90 rows is new to both versions. Name a data set to compare on.',
    })
  })
})

it('weights of rows count in a comparison, where the data set has them', async () => {
  const weighed = await trained({ weights: 'w', validation: { split: 0.3 }, finalEpochs: null })
  const plainly = await trained({ validation: { split: 0.3 }, finalEpochs: null })
  const one = await compared(weighed.version, plainly.version)
  const other = await compared(plainly.version, weighed.version)
  if (!one.fair || !other.fair) throw new Error('not compared')
  expect(one.candidate).toBeCloseTo(weighed.mae, 9)
  expect(one.production).not.toBeCloseTo(other.candidate, 3)
  expect(other.candidate).toBeCloseTo(plainly.mae, 9)
  const bare = (await service.upload('bare', csv(900, 940).replace(/,\d$/gm, '').replace(',w', ''))).dataset
    .id
  ids['bare'] = bare
  expect(await compared(weighed.version, plainly.version, { on: 'bare' })).toMatchObject({
    fair: true,
    rows: 40,
  })
})

it('a data set that is damaged is no reason to call a comparison unfair', async () => {
  const { version } = await trained({ validation: { split: 0.3 }, finalEpochs: null })
  const broken = new FitserveError('corrupt-artifact', 'The table is damaged.')
  const open: OpenTable = async (id) => {
    if (id === ids['own']) throw broken
    return service.tables(id)
  }
  await expect(compared(version, version, { on: 'third', open })).rejects.toBe(broken)
})

describe('a version of an earlier release', () => {
  it.each([
    ['of a part of its rows', { validation: { split: 0.3 }, finalEpochs: null }, 27],
    ['of another data set', { validation: { dataset: 'apart' } }, 60],
  ])('is compared on the validation rows %s, which are drawn again', async (_, recipe, rows) => {
    const first = await trained(recipe)
    const last = await trained({ ...recipe, epochs: 8 })
    const result = await compared(ofEarlierRelease(last.version), ofEarlierRelease(first.version))
    expect(result).toEqual(await compared(last.version, first.version))
    expect(result).toMatchObject({ fair: true, rows })
  })

  it('that was at last trained on all its rows has none to be compared on', async () => {
    const { version } = await trained({ validation: { split: 0.3 }, finalEpochs: 4 })
    expect(await compared(ofEarlierRelease(version), version)).toEqual({
      fair: false,
      reason:
        'The version was at last trained on all its rows, so none is new to it, and it has too many to keep answers of the folds. Name a data set to compare on.',
    })
  })
})

describe('versions that were at last trained on all their rows', () => {
  it.each([
    ['first fits', { validation: { split: 0.3 }, finalEpochs: 4 }, 27],
    ['folds', { validation: { kFold: 3 } }, 90],
  ])('are compared by the answers that their %s gave before', async (_, recipe, rows) => {
    const first = await trained(recipe)
    const last = await trained({ ...recipe, epochs: 8 })
    const result = await compared(last.version, first.version)
    expect(result).toMatchObject({ fair: true, dataset: ids['own'], rows })
    if (!result.fair) return
    expect(result.candidate).toBeCloseTo(last.mae, 7)
    expect(result.production).toBeCloseTo(first.mae, 7)
  })

  it('have seen the rows of the data set that validated them too', async () => {
    const { version: own } = await trained({ validation: { dataset: 'apart' } })
    const version = { ...own, recipe: { ...own.recipe, finalEpochs: 4 } }
    const other = await trained({ validation: { split: 0.3 }, finalEpochs: null })
    ids['between'] ??= (await service.upload('between', csv(550, 580))).dataset.id
    expect(await compared(other.version, version, { on: 'between' })).toMatchObject({ fair: true, rows: 20 })
    expect(await compared(version, other.version, { on: 'apart' })).toMatchObject({ fair: false })
  })
})

describe('rows that a version was trained on in another data set', () => {
  it('are left out, but for those whose answers were held out', async () => {
    // The rows from 60 to 90 are in the data set of the versions too; "whole" has seen all of them, and "part" 63 of the 90.
    ids['mixed'] ??= (await service.upload('mixed', csv(60, 110))).dataset.id
    const whole = await trained({ validation: { dataset: 'apart' } })
    expect(await compared(whole.version, whole.version, { on: 'mixed' })).toMatchObject({ rows: 20 })
    const part = await trained({ validation: { split: 0.3 }, finalEpochs: null })
    const shared = await compared(part.version, part.version, { on: 'mixed' })
    const aside = part.heldOut.filter((row) => row >= 60).length
    expect(aside).toBeGreaterThan(0)
    expect(shared).toMatchObject({ fair: true, rows: 20 + aside })
    const all = await trained({ validation: { split: 0.3 }, finalEpochs: 4 })
    expect(await compared(all.version, all.version, { on: 'mixed' })).toMatchObject({
      fair: true,
      rows: 20 + all.heldOut.filter((row) => row >= 60).length,
    })
  })
})

describe('versions that answer classes', () => {
  it('are compared by the likeliest of them', async () => {
    const recipe = { target: 'w', task: 'multiclass', metrics: ['accuracy'], validation: { split: 0.3 } }
    const first = await trained({ ...recipe, finalEpochs: null })
    const last = await trained({ ...recipe, finalEpochs: null, inputs: ['x', 'y'], epochs: 12 })
    const result = await compared(last.version, first.version, { metric: 'accuracy' })
    if (!result.fair) throw new Error(result.reason)
    expect([result.candidate, result.production]).toEqual([last.accuracy, first.accuracy])
  })

  it('are compared by the spellings that the candidate merges', async () => {
    const spelled = (...spellings: string[]) => {
      const lines = Array.from({ length: 60 }, (_, row) => {
        const x = ((row * 37) % 60) / 30 - 1
        return `${x},${x > 0 ? 'pos' : (spellings[row % spellings.length] ?? '')}`
      })
      return ['x,label', ...lines].join('\n')
    }
    ids['loud'] ??= (await service.upload('loud', spelled('NEG'))).dataset.id
    ids['mixed-case'] ??= (await service.upload('mixed-case', spelled('neg', 'neg', 'Neg'))).dataset.id
    const recipe = {
      target: 'label',
      metrics: ['accuracy'],
      epochs: 30,
      optimizer: { type: 'adam', learningRate: 0.1 },
      validation: { split: 0.25 },
      finalEpochs: null,
    }
    const loud = await trained(recipe, 'loud')
    const merging = await trained({ ...recipe, mergeClasses: true }, 'mixed-case')
    const result = await compared(merging.version, loud.version, { metric: 'accuracy' })
    if (!result.fair) throw new Error(result.reason)
    expect(result.candidate).toBe(merging.accuracy)
    // Half of the rows have the class that the two versions spell in different ways.
    expect(result.production).toBeGreaterThan(0.8)
  })
})

describe('a comparison is not fair', () => {
  const split = { validation: { split: 0.3 }, finalEpochs: null }
  const reasonOf = async (candidate: ComparedVersion, production: ComparedVersion, how?: How) => {
    const result = await compared(candidate, production, how)
    return result.fair ? null : result.reason
  }

  it('of different targets, or of numbers and classes', async () => {
    const { version } = await trained(split)
    const weight = await trained({ ...split, target: 'w' })
    const classes = await trained({
      ...split,
      target: 'w',
      task: 'multiclass',
      metrics: ['accuracy'],
    })
    const reason = 'The two versions predict different targets.'
    expect(await reasonOf(version, weight.version)).toBe(reason)
    expect(await reasonOf(weight.version, classes.version)).toBe(reason)
    expect(await reasonOf(classes.version, weight.version)).toBe(reason)
  })

  it('without rows that were kept aside', async () => {
    const { version } = await trained(split)
    const everything = { ...version, recipe: { ...version.recipe, validation: null } }
    expect(await reasonOf(everything, version)).toBe(
      'The recipe keeps no validation rows aside. Name a data set to compare on.',
    )
  })

  it('on a data set that is gone, or lacks a column, or has it in another type', async () => {
    const { version } = await trained(split)
    expect(await reasonOf(version, version, { open: async () => undefined, on: 'third' })).toBe(
      'The data set to compare on is no longer there.',
    )
    ids['lacking'] ??= (await service.upload('lacking', 'x,w\n1,2\n2,3\n3,4\n')).dataset.id
    expect(await reasonOf(version, version, { on: 'lacking' })).toBe(
      'The versions cannot be compared on it: The data set has no column "y".',
    )
    const words = Array.from({ length: 20 }, (_, row) => `${row % 2 === 0 ? 'low' : 'high'},${row}`)
    ids['words'] ??= (await service.upload('words', ['x,y', ...words].join('\n'))).dataset.id
    expect(await reasonOf(version, version, { on: 'words' })).toMatch(
      /^Its column "x" is a category, and the version was trained on a number\./,
    )
  })

  it('where the weights of rows are none', async () => {
    const { version } = await trained({ ...split, weights: 'w' })
    const negative = csv(700, 730).replace(/,(\d)$/gm, ',-$1')
    ids['negative'] ??= (await service.upload('negative', negative)).dataset.id
    expect(await reasonOf(version, version, { on: 'negative' })).toMatch(/"w"|w has/)
  })

  it('by a metric that has no value on the rows', async () => {
    const { version } = await trained({ ...split, target: 'w', task: 'binary', metrics: ['auc'] })
    const alike = csv(700, 730).replace(/,\d$/gm, ',5')
    ids['alike'] ??= (await service.upload('alike', alike)).dataset.id
    expect(await reasonOf(version, version, { on: 'alike', metric: 'auc' })).toBe(
      'The metric auc has no value on 30 rows. Where the versions know different classes, use accuracy.',
    )
  })
})

it('a comparison ends when it is told to', async () => {
  const { version } = await trained({ validation: { split: 0.3 }, finalEpochs: null })
  const signal = AbortSignal.abort(new Error('stopped'))
  await expect(compared(version, version, { signal })).rejects.toThrow('stopped')
})
