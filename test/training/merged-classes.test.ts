import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keptSpellings } from '../../src/recipe/index.ts'
import { csvTraining } from '../helpers/csv-training.ts'

// 120 rows: x decides the class, the city decides nothing. Spellings take turns.
const POSITIVE = ['pos', 'pos', 'Pos ', '\uff30\uff2f\uff33']
const NEGATIVE = ['neg', 'neg', ' NEG']
const CITIES = ['Seoul', 'seoul', 'Busan', 'BUSAN\u00a0']
const line = (row: number) => {
  const x = ((row * 37) % 120) / 60 - 1
  const label = x > 0 ? POSITIVE[row % POSITIVE.length] : NEGATIVE[row % NEGATIVE.length]
  return `${x},${CITIES[row % CITIES.length]},${label}`
}
const file = ['x,city,label', ...Array.from({ length: 120 }, (_, row) => line(row))].join('\n')
const labels = ['a|B', 'A', 'b|a', 'b', 'b', 'c']
const rows = (cells: readonly string[]) =>
  ['x,tags', ...Array.from({ length: 60 }, (_, row) => `${row},${cells[row % cells.length]}`)].join('\n')

describe('a recipe that merges classes', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  const quick = { epochs: 30, layers: [], optimizer: { type: 'adam', learningRate: 0.1 } }
  beforeAll(async () => {
    desk = await csvTraining('merged-classes')
    await desk.upload('spelled', file)
    await desk.upload('test', 'x,city,label\n0.9,SEOUL,POS\n-0.9,busan,neg\n0.8,Busan,pos\n-0.7,Seoul,Neg\n')
    await desk.upload('tags', rows(labels))
    await desk.upload('plain', rows(['a|b', 'a', 'b|a', 'b', 'b', 'c']))
  })
  afterAll(() => desk.close())

  it('learns one class of each, answers the most frequent spelling, and reads all alike', async () => {
    const recipe = { ...quick, mergeClasses: true, validation: { split: 0.25 } }
    const { manifest, evaluation, predictor, version } = await desk.train('m', 'spelled', recipe)
    expect(manifest).toMatchObject({
      classes: ['neg', 'pos'],
      recipe: { task: 'binary', mergeClasses: true },
    })
    expect(evaluation).toMatchObject({ classes: ['neg', 'pos'] })
    const answer = (city: string) => predictor.predict({ x: 0.9, city })
    expect(answer('Seoul')).toMatchObject({ label: 'pos' })
    for (const city of ['SEOUL', ' seoul', '\uff33eoul']) expect(answer(city)).toEqual(answer('Seoul'))
    expect(answer('Busan')).toEqual(answer('busan '))
    expect(answer('Busan')).not.toEqual(answer('Seoul'))

    const evaluated = await desk.evaluate('m', version, 'test')
    expect(evaluated).toMatchObject({
      rows: 4,
      metrics: { accuracy: 1 },
      confusionMatrix: [
        [2, 0],
        [0, 2],
      ],
    })
  })

  it('is told of in its warning, which the data set names as the remedy', async () => {
    const { recipe, warnings } = await desk.dryRun('spelled', { mergeClasses: true })
    expect(recipe).toMatchObject({ task: 'binary', mergeClasses: true })
    const merged = warnings.filter(({ code }) => /-classes$/.test(code))
    expect(merged).toMatchObject([
      { code: 'merged-classes', column: 'city', count: 60 },
      { code: 'merged-classes', column: 'label' },
    ])
    expect(merged[1]?.message).toContain('"Pos " as "pos"')
    const plain = await desk.dryRun('spelled', { task: 'multiclass' })
    expect(plain.warnings).toContainEqual(
      expect.objectContaining({
        code: 'similar-classes',
        column: 'label',
        message: expect.stringContaining('mergeClasses'),
      }),
    )
  })

  it('keeps a spelling without spaces around it, of those of as many rows', () => {
    const counts = [
      ['Rot ', 2],
      ['rot', 2],
      ['BLAU', 3],
      ['blau', 1],
    ] as const
    expect([...keptSpellings(counts).values()]).toEqual(['rot', 'BLAU'])
  })

  it('takes any spelling in its other fields', async () => {
    const weighted = { mergeClasses: true, classWeights: { POS: 2, neg: 1 } }
    expect((await desk.dryRun('spelled', weighted)).recipe).toMatchObject({
      classWeights: { pos: 2, neg: 1 },
    })
    const unknown = desk.dryRun('spelled', { mergeClasses: true, classWeights: { maybe: 2 } })
    await expect(unknown).rejects.toMatchObject({ problems: [{ path: '/recipe/classWeights/maybe' }] })
    const twice = desk.dryRun('spelled', { mergeClasses: true, classWeights: { POS: 2, pos: 1 } })
    await expect(twice).rejects.toMatchObject({ problems: [{ path: '/recipe/classWeights/POS' }] })
  })

  it('gives the weights of a file in which the classes are spelled alike', async () => {
    const multiLabel = { separator: '|', threshold: 0.5 }
    const recipe = { ...quick, epochs: 3, target: 'tags', multiLabel, validation: { split: 0.2 } }
    const merged = await desk.train('tags', 'tags', { ...recipe, mergeClasses: true })
    const plain = await desk.train('plain', 'plain', recipe)
    expect(merged.manifest['classes']).toEqual(['a', 'b', 'c'])
    const scores = ({ predictor }: typeof merged) => predictor.predict({ x: 7 })
    expect(scores(merged)).toEqual(scores(plain))
    expect(merged.evaluation.metrics).toEqual(plain.evaluation.metrics)
  })
})
