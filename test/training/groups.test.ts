import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { Random } from '../../src/evaluation/random.ts'
import { chooseRows } from '../../src/training/data/rows.ts'
import { csvTraining } from '../helpers/csv-training.ts'
import { recipeOf } from './data/tables.ts'

/** Three measurements of each of 40 patients; what a patient answers follows from nothing that is measured. */
function patients(): string {
  const random = new Random(3, 'patients')
  const lines = Array.from({ length: 40 }, (_, patient) => {
    const mark = random.next()
    const label = random.next() > 0.5 ? 'ill' : 'well'
    const rows = Array.from(
      { length: 3 },
      () => `p${patient},${(mark + 0.001 * random.next()).toFixed(5)},${label}`,
    )
    return rows
  }).flat()
  return ['patient,mark,label', ...lines].join('\n')
}

describe('a recipe with a group', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  beforeAll(async () => {
    desk = await csvTraining('groups')
    await desk.upload('patients', patients())
  })
  afterAll(() => desk.close())

  const groupsOf = (rows: Iterable<number>) => new Set(Array.from(rows, (row) => Math.floor(row / 3)))

  it('is measured on groups that no network has seen, by a split and by folds, in both engines', async () => {
    for (const engine of ['typed', 'tensorflow']) {
      const quick = { engine, layers: [{ units: 8 }], epochs: 2, group: 'patient' }
      const split = await desk.train('split', 'patients', { ...quick, validation: { split: 0.25 } })
      expect(split.manifest['recipe']).toMatchObject({ group: 'patient', inputs: ['mark'] })
      expect(split.predictor.inputs.map(({ name }) => name)).toEqual(['mark'])
      expect(split.heldOut?.rows.length).toBe(30)
      expect(groupsOf(split.heldOut?.rows ?? []).size).toBe(10)
      const folds = await desk.train('folds', 'patients', { ...quick, validation: { kFold: 5 } })
      expect(folds.evaluation.folds?.map(({ rows }) => rows)).toEqual([24, 24, 24, 24, 24])
      // The rows of a fold come one after the other.
      const rows = [...(folds.heldOut?.rows ?? [])]
      for (let fold = 0; fold < 5; fold++)
        expect(groupsOf(rows.slice(fold * 24, (fold + 1) * 24)).size).toBe(8)
    }
  })

  it('no longer tells an accuracy that comes of knowing the groups', async () => {
    const learner = { layers: [{ units: 64 }], epochs: 200, scaling: 'piecewiseLinear', bins: 120, seed: 2 }
    const validation = { kFold: 4 }
    const parted = await desk.train('parted', 'patients', { ...learner, inputs: ['mark'], validation })
    const kept = await desk.train('kept', 'patients', { ...learner, group: 'patient', validation })
    expect(parted.evaluation.metrics['accuracy']).toBeGreaterThan(0.8)
    expect(kept.evaluation.metrics['accuracy']).toBeLessThan(0.7)
  })

  it('tells in a dry run what it does, and takes no more folds than there are groups by default', async () => {
    const few = [
      'clinic,x,label',
      ...Array.from({ length: 30 }, (_, row) => `c${row % 3},${row},${row % 2 ? 'a' : 'b'}`),
    ]
    await desk.upload('few', few.join('\n'))
    const { recipe, notes } = await desk.dryRun('few', { group: 'clinic' })
    expect(recipe.validation).toMatchObject({ kFold: 3 })
    expect(notes).toEqual([
      {
        path: '/recipe/group',
        message: 'Rows with the same value in "clinic" stay in one fold. There are 3 groups. It is no input.',
      },
    ])
    expect((await desk.dryRun('few', {})).notes).toEqual([])
    await expect(desk.dryRun('few', { group: 'clinic', validation: { kFold: 5 } })).rejects.toMatchObject({
      code: 'invalid-job',
      problems: [
        {
          path: '/recipe/validation/kFold',
          message: expect.stringMatching(/has 3 groups, too few for 5 folds/),
        },
      ],
    })
    for (const [more, path, message] of [
      [{ group: 'clinc' }, '/recipe/group', /Did you mean "clinic"\?/],
      [{ group: 'label' }, '/recipe/group', /target cannot be the group/],
      [{ validation: null }, '/recipe/group', /holds no rows out/],
      [{ validation: { dataset: 'few' } }, '/recipe/group', /another data set validates/],
      [{ validation: { kFold: 3, shuffle: false } }, '/recipe/validation/shuffle', /would part groups/],
      [
        { search: { type: 'grid', over: { group: ['x'] } } },
        '/recipe/search/over/group',
        /cannot be searched over/,
      ],
    ] as const)
      await expect(desk.dryRun('few', { group: 'clinic', ...more })).rejects.toMatchObject({
        problems: expect.arrayContaining([{ path, message: expect.stringMatching(message) }]),
      })
  })

  it('searches with the same groups in every trial', async () => {
    const { recipe } = await desk.dryRun('patients', {
      group: 'patient',
      search: { type: 'grid', over: { epochs: [1, 2] } },
    })
    expect(recipe).toMatchObject({ group: 'patient', inputs: ['mark'], validation: { kFold: 4 } })
  })
})

describe('rows of groups', () => {
  const column = (values: (string | null)[]) => ({ type: 'category' as const, values })
  const recipe = (validation: object, seed: number) =>
    recipeOf({
      task: 'binary',
      target: 'label',
      group: 'group',
      loss: { type: 'binaryCrossentropy' },
      validation,
      seed,
    })

  it('are never on both sides, and a row without a group is a group by itself', () => {
    const anyRow = fc.record({
      group: fc.option(fc.nat(9)),
      label: fc.constantFrom('a', 'b', null),
      x: fc.nat(20),
    })
    fc.assert(
      fc.property(
        fc.array(anyRow, { minLength: 4, maxLength: 80 }),
        fc.nat(99),
        fc.boolean(),
        (rows, seed, decimals) => {
          const table: Table = {
            rows: rows.length,
            columns: new Map<string, Table['columns'] extends Map<string, infer Column> ? Column : never>([
              ['group', column(rows.map(({ group }) => (group === null ? null : `g${group}`)))],
              ['label', column(rows.map(({ label }) => label))],
              // With decimals equal rows are looked for, and are kept together as well.
              ['x', { type: 'number', values: Float64Array.from(rows, ({ x }) => (decimals ? x + 0.5 : x)) }],
            ]),
          }
          const labelled = rows.flatMap(({ label }, row) => (label === null ? [] : [row]))
          const groupAt = (row: number) => rows[row]?.group ?? `row ${row}`
          const groups = new Set(labelled.map(groupAt)).size
          fc.pre(groups >= 3)
          for (const [validation, fold] of [
            [{ split: 0.3 }, null],
            [{ kFold: 3 }, { fold: 1, repeat: 1 }],
            [{ kFold: 3 }, { fold: 3, repeat: 2 }],
          ] as const) {
            const { training, validation: held } = chooseRows(recipe(validation, seed), table, {
              from: null,
              fold,
            })
            const trained = new Set([...training].map(groupAt))
            expect([...(held ?? [])].filter((row) => trained.has(groupAt(row)))).toEqual([])
            expect([...training, ...(held ?? [])].sort((a, b) => a - b)).toEqual(labelled)
            expect(training.length * (held?.length ?? 0)).toBeGreaterThan(0)
          }
        },
      ),
    )
  })

  it('are refused with both numbers where rows without a target leave too few groups', () => {
    const table: Table = {
      rows: 4,
      columns: new Map<string, Table['columns'] extends Map<string, infer Column> ? Column : never>([
        ['group', column(['a', 'a', 'b', 'c'])],
        ['label', column(['x', 'y', 'x', null])],
        ['x', { type: 'number', values: Float64Array.of(1, 2, 3, 4) }],
      ]),
    }
    expect(() =>
      chooseRows(recipe({ kFold: 3 }, 1), table, { from: null, fold: { fold: 1, repeat: 1 } }),
    ).toThrow(/has 2 groups, too few for 3 folds/)
  })
})
