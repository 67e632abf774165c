import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvTraining } from '../helpers/csv-training.ts'

const DAYS = 100
const dayOf = (day: number) => new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10)
/** Two rows a day, whose order in the file is not that of time, and whose target drifts. */
const rows = Array.from({ length: 2 * DAYS }, (_, index) => {
  const at = (index * 77) % (2 * DAYS)
  const day = Math.floor(at / 2)
  return { day, x: (at * 37) % 50, y: day + ((at * 37) % 50) / 100 }
})

describe('a recipe with a time', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  beforeAll(async () => {
    desk = await csvTraining('times')
    const lines = rows.map(({ day, x, y }) => `${dayOf(day)},${day},${x},${y}`)
    await desk.upload('drift', ['when,day,x,y', ...lines, ',,3,5', ',,4,'].join('\n'))
  })
  afterAll(() => desk.close())

  const daysOf = (held: Iterable<number>) => [...held].map((row) => rows[row]?.day ?? -1)

  it('is trained on the past and validated on the future, by numbers and by dates, in both engines', async () => {
    for (const [engine, time] of [
      ['typed', 'when'],
      ['tensorflow', 'day'],
    ]) {
      const quick = { engine, layers: [{ units: 4 }], epochs: 3, inputs: ['x'], target: 'y', time }
      const split = await desk.train('split', 'drift', { ...quick, validation: { split: 0.25 } })
      expect(split.predictor.inputs.map(({ name }) => name)).toEqual(['x'])
      const held = split.heldOut?.rows ?? new Uint32Array()
      expect(held.length).toBe(50)
      expect(Math.min(...daysOf(held))).toBe(75)
      expect(split.manifest['rows']).toEqual({ training: 150, validation: 50 })

      const folds = await desk.train('folds', 'drift', { ...quick, validation: { kFold: 4 } })
      expect(folds.evaluation.folds?.map((fold) => fold.rows)).toEqual([40, 40, 40, 40])
      const days = daysOf(folds.heldOut?.rows ?? [])
      for (let fold = 0; fold < 4; fold++) {
        const own = days.slice(fold * 40, (fold + 1) * 40)
        expect([Math.min(...own), Math.max(...own)]).toEqual([20 * (fold + 1), 20 * (fold + 1) + 19])
      }
      // The first window is never held out; the version itself is trained on all rows that have a time.
      expect([folds.evaluation.rows, folds.evaluation.neverHeldOut]).toEqual([160, 40])
      expect(folds.manifest['rows']).toEqual({ training: 200, validation: 0 })
      expect(folds.manifest['warnings']).toContainEqual({
        code: 'rows-without-time',
        column: time,
        count: 2,
        message: `2 rows have no value in "${time}" and are left out.`,
      })
    }
  })

  it('does not tell what is known of the future only', async () => {
    const learner = {
      target: 'y',
      inputs: ['day', 'x'],
      layers: [{ units: 16 }],
      epochs: 100,
      scaling: 'piecewiseLinear',
    }
    const drawn = await desk.train('drawn', 'drift', { ...learner, validation: { kFold: 4 } })
    const timed = await desk.train('timed', 'drift', { ...learner, time: 'day', validation: { kFold: 4 } })
    expect(timed.evaluation.metrics['mae']).toBeGreaterThan(2 * Number(drawn.evaluation.metrics['mae']))
  })

  it('tells in a dry run what it does, and refuses what it does not go with', async () => {
    const plain = { target: 'y', inputs: ['x'], time: 'when' }
    const { recipe, notes, warnings } = await desk.dryRun('drift', plain)
    expect(recipe).toMatchObject({ time: 'when', validation: { kFold: 4, shuffle: false, repeats: 1 } })
    expect(notes).toEqual([
      {
        path: '/recipe/time',
        message: expect.stringMatching(
          /^Each of 4 folds validates on a later window of "when".* Of 200 rows the first 40 are never held out/,
        ),
      },
    ])
    expect(warnings.map(({ code }) => code)).toContain('rows-without-time')
    const split = await desk.dryRun('drift', { ...plain, validation: { rows: 30 } })
    expect(split.notes[0]?.message).toMatch(/^The last 30 of 200 rows by "when" validate/)
    expect((await desk.dryRun('drift', { target: 'y', time: 'day' })).recipe.inputs).toEqual(['when', 'x'])
    // A complete recipe may be sent again.
    expect((await desk.dryRun('drift', recipe)).recipe).toEqual(recipe)

    const short = Array.from(
      { length: 40 },
      (_, row) => `${row % 3},${row % 2 === 0},${'ab'[row % 2]},${row},${row}.5`,
    )
    await desk.upload('short', ['t,flag,what,x,y', ...short].join('\n'))
    for (const [dataset, more, path, message] of [
      ['drift', { time: 'wen' }, '/recipe/time', /Did you mean "when"\?/],
      ['drift', { time: 'y' }, '/recipe/time', /target cannot be the time/],
      ['drift', { group: 'day' }, '/recipe/group', /Remove group or time/],
      ['drift', { validation: null }, '/recipe/time', /holds no rows out/],
      ['drift', { validation: { dataset: 'drift' } }, '/recipe/time', /another data set validates/],
      ['drift', { validation: { kFold: 4, shuffle: true } }, '/recipe/validation/shuffle', /not drawn/],
      ['drift', { validation: { kFold: 4, repeats: 2 } }, '/recipe/validation/repeats', /same folds/],
      [
        'short',
        { time: 't', validation: { kFold: 3 } },
        '/recipe/validation/kFold',
        /3 different times, and 3 folds need 4/,
      ],
      ['short', { time: 'flag' }, '/recipe/time', /is a boolean/],
      ['short', { time: 'what' }, '/recipe/time', /"a" in "what" is neither a number nor a date/],
    ] as const)
      await expect(desk.dryRun(dataset, { ...plain, ...more })).rejects.toMatchObject({
        problems: expect.arrayContaining([{ path, message: expect.stringMatching(message) }]),
      })
  })
})
