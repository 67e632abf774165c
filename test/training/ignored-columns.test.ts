import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvTraining } from '../helpers/csv-training.ts'

const lines = Array.from(
  { length: 60 },
  (_, row) => `${row * 7},c-${row}-${(row * 31) % 97},${row % 9},${1 + (row % 3)},${row % 9 > 4 ? 'b' : 'a'}`,
)

describe('the columns of the training data that are no inputs', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  beforeAll(async () => {
    desk = await csvTraining('ignored-columns')
    await desk.upload('orders', [',code,x,w,label', ...lines].join('\n'))
  })
  afterAll(() => desk.close())

  it('may stand in a row of a prediction, and are not read', async () => {
    const { predictor } = await desk.train('m', 'orders', { weights: 'w', epochs: 1, layers: [] })
    const checked = (row: object) => {
      const named = predictor.named(row)
      return predictor.check(named, '').total === 0 ? predictor.predict(named as { x: number }) : null
    }
    const alone = checked({ x: 3 })
    expect(alone).not.toBeNull()
    // As Python's csv module and as pandas name the index.
    expect(checked({ '': '21', code: 'c-3-93', x: '3', w: '1' })).toEqual(alone)
    expect(checked({ 'Unnamed: 0': 21, code: null, x: 3, w: { any: 'thing' } })).toBeNull()
    expect(checked({ 'Unnamed: 0': 21, code: null, x: 3, w: [1] })).toEqual(alone)
    // A line of the file as it stands there, with the target.
    expect(checked({ '': '21', code: 'c-3-93', x: '3', w: '1', label: 'a' })).toEqual(alone)
    // An unknown name, and a row without the input are faults.
    for (const row of [{ x: 3, labels: 'a' }, { x: 3, cod: 'c-3-93' }, { code: 'c-3-93' }])
      expect(checked(row)).toBeNull()
  })
})
