import { expect, it } from 'vitest'
import { evaluateClassifier } from '../../../src/evaluation/evaluation.ts'
import { type EpochValues, historyOf } from '../../../src/evaluation/history.ts'
import type { PlotData } from '../../../src/evaluation/plots/data.ts'
import { PLOTS, type PlotName } from '../../../src/evaluation/plots/plots.ts'
import { COLORS, configOf } from '../../../src/evaluation/plots/theme.ts'
import { curved, explained, labelled, learnt, nothing, termsOf } from './plot-data.ts'

/*
 * What is handed to the drawing library, kept in the folder `figures` as it was when people had looked at the pictures. After a
 * change on purpose look at them again, and renew the files by `npx vitest run -u` and the name of this file.
 */

type Results = NonNullable<PlotData['evaluation']>

/** A history of these columns, in which the epoch with the least validation loss is the best one. */
function learning(columns: Record<string, readonly (number | null)[]>, final?: EpochValues[]): PlotData {
  const epochs = Math.max(...Object.values(columns).map((values) => values.length))
  const values = Array.from(
    { length: epochs },
    (_, at): EpochValues =>
      Object.fromEntries(Object.entries(columns).map(([name, own]) => [name, own[at] ?? null])),
  )
  const monitor = 'valLoss' in columns ? 'valLoss' : 'valMae' in columns ? 'valMae' : 'loss'
  return { ...nothing, subject: 'reviews, version 1', history: historyOf(values, monitor, final) }
}

/** A sequence that falls and has steps of its own. */
const falling = (length: number, from = 1) =>
  Array.from({ length }, (_, at) => from / (at + 1) + (at % 3) / 50)

function folded(count: number, columns: Record<string, readonly number[]>): PlotData {
  const data = learning(columns)
  const [name = '', mean = []] = Object.entries(columns)[0] ?? []
  const folds = Array.from({ length: count }, (_, fold) => ({ [name]: mean.map((each) => each + fold / 10) }))
  return { ...data, history: data.history && { ...data.history, folds } }
}

/** Classes, each row of which is answered rightly but for some that get the next class. */
function matrixOf(names: readonly string[], own: Partial<Results> = {}): PlotData {
  const confusionMatrix = names.map((_, truth) =>
    names.map((_, answered) =>
      answered === truth ? 3 + (truth % 7) : answered === (truth + 1) % names.length ? truth % 3 : 0,
    ),
  )
  const rows = confusionMatrix.flat().reduce((sum, each) => sum + each, 0)
  const evaluation = { rows, loss: 0.5, metrics: { accuracy: 0.8125 }, classes: [...names], confusionMatrix }
  return { ...nothing, subject: 'topics, version 2', evaluation: { ...evaluation, ...own } }
}

/** Few rows with answers that are easy to follow, of which every fourth one is wrong. */
function answered(classes: readonly string[]): PlotData {
  const outputs = classes.length === 2 ? 1 : classes.length
  const rows = 12
  const truth = Float64Array.from({ length: rows }, (_, row) => row % classes.length)
  const logits = Float64Array.from({ length: rows * outputs }, (_, at) => {
    const row = Math.floor(at / outputs)
    const label = row % 4 === 3 ? (row + 1) % classes.length : row % classes.length
    return (
      (at % outputs === (outputs === 1 ? 0 : label) ? 1 : -1) * (outputs === 1 && label === 0 ? -1 : 1) +
      row / 8
    )
  })
  const evaluation = evaluateClassifier({ rows, outputs, truth, logits }, classes, {
    loss: 0.4,
    threshold: 0.5,
    metrics: [],
  })
  return { ...nothing, subject: 'topics, version 2', evaluation }
}

/** A regression with a bar for each count; its values are `by` times as large. */
function measured(by = 1, own: Partial<NonNullable<Results['residuals']>> = {}): PlotData {
  const residuals = {
    truth: [1, 2, 3, 5].map((value) => value * by),
    predicted: [1.5, 1.75, 3, 6].map((value) => value * by),
    histogram: { edges: [-1, 0, 1, 2].map((edge) => edge * by), counts: [1, 2, 1], below: 0, above: 0 },
    ...own,
  }
  const metrics = { mae: 0.4375 * by, rmse: 0.57 * by, r2: 0.85 }
  const evaluation = { rows: 4, loss: 0.33, metrics, residuals, residualQuantiles: { '0.5': 0.25 * by } }
  return { ...nothing, subject: 'houses', evaluation }
}

const names = (count: number) => Array.from({ length: count }, (_, at) => `c${at}`)
const ofTargets = (data: PlotData, targets: readonly string[]): PlotData => {
  const { rows = 0, loss = 0, metrics = {}, residuals } = data.evaluation ?? {}
  const perTarget = Object.fromEntries(
    targets.map((name) => [
      name,
      { metrics: { mae: 1 }, ...(name !== 'bare' && residuals && { residuals }) },
    ]),
  )
  return { ...data, evaluation: { rows, loss, metrics, perTarget } }
}
const outputsOf = (values: readonly (number | string)[], ...lines: number[][]) =>
  values.map((value, at) => ({ value, outputs: lines.map((line) => line[at] ?? 0) }))

const EXAMPLES: Record<string, [PlotName, PlotData]> = {
  'loss of five epochs, with a last fit': [
    'loss',
    learning({ loss: [0.9, 0.6, 0.4, 0.3, 0.25], valLoss: [0.95, 0.7, 0.6, 0.65, 0.8] }, [
      { loss: 0.8 },
      { loss: 0.5 },
    ]),
  ],
  'loss that overfits': [
    'loss',
    learning({ loss: falling(12), valLoss: falling(12).map((each, at) => 0.5 + each + at / 9) }),
  ],
  'loss of one epoch': ['loss', learning({ loss: [0.7] })],
  'loss that is the same all the time': ['loss', learning({ loss: [2, 2, 2, 2] })],
  'loss below zero, with gaps': ['loss', learning({ loss: [-1, null, -3], valLoss: [null, null, null] })],
  'loss whose first epochs are far above the others': ['loss', learning({ loss: [50, 9, ...falling(30)] })],
  'loss whose first epochs are far above few others': ['loss', learning({ loss: [50, 9, ...falling(19)] })],
  'loss of thirty epochs': ['loss', learning({ loss: falling(30) })],
  'loss of 31 epochs': ['loss', learning({ loss: falling(31) })],
  'loss of 400 epochs': ['loss', learning({ loss: falling(400), valLoss: falling(400) })],
  'loss of 401 epochs': ['loss', learning({ loss: falling(401), valLoss: falling(401) })],
  'loss of folds': ['loss', folded(3, { valLoss: [0.5, 0.4, 0.45], loss: [0.3, 0.2, 0.1] })],
  'accuracy on validation rows': ['accuracy', learning({ valAccuracy: [0.5, 0.75] })],
  'errors of ten thousands': ['mae', learning({ mae: [30_000, 20_000], valMae: [31_000, 10_000] })],
  'errors below ten thousand': ['mae', learning({ mae: [9_000, 8_000] })],
  'folds of few epochs': ['kfold', folded(2, { valMae: falling(5, 9) })],
  'folds of twenty epochs': ['kfold', folded(8, { valLoss: falling(20, 9) })],
  'folds of which there are nine': ['kfold', folded(9, { loss: falling(19, 9) })],
  'confusion of two classes': ['confusion', matrixOf(['no', 'yes'])],
  'confusion of classes without rows': [
    'confusion',
    matrixOf(['a', 'b'], {
      confusionMatrix: [
        [19, 1],
        [0, 0],
      ],
      metrics: {},
    }),
  ],
  'confusion of seven classes with long names': [
    'confusion',
    matrixOf(names(7).map((name) => name.repeat(8))),
  ],
  'confusion of eight classes with names of six letters': [
    'confusion',
    matrixOf(names(8).map((name) => name.repeat(3))),
  ],
  'confusion of 13 classes': ['confusion', matrixOf(names(13))],
  'confusion of 16 classes': ['confusion', matrixOf(names(16))],
  'confusion of 26 classes': ['confusion', matrixOf(names(26))],
  'confusion of 41 classes': ['confusion', matrixOf(names(41))],
  'confusion of 60 classes': ['confusion', matrixOf(names(60))],
  'confusion of 70 classes': ['confusion', matrixOf(names(70))],
  'roc of two classes': ['roc', answered(['no', 'yes'])],
  'roc of three classes': ['roc', answered(['a', 'b', 'c'])],
  'precision and recall of two classes': ['pr', answered(['no', 'yes'])],
  'precision and recall of three classes': ['pr', answered(['a', 'b', 'c'])],
  'reliability of two classes': ['reliability', answered(['no', 'yes'])],
  'reliability of three classes': ['reliability', answered(['a', 'b', 'c'])],
  'labels, of which there are three': ['labels', labelled()],
  'labels without means over them': [
    'labels',
    (() => {
      const data = labelled()
      return { ...data, evaluation: data.evaluation && { ...data.evaluation, metrics: { hammingLoss: 0.2 } } }
    })(),
  ],
  'labels, of which there are 21': ['labels', labelled(names(21))],
  'labels, of which there are 41': ['labels', labelled(names(41))],
  'residuals of four rows': ['residuals', measured()],
  'residuals beyond the axis, of a sample': [
    'residuals',
    (() => {
      const data = measured(1, { histogram: { edges: [0.5, 1, 2], counts: [2, 1], below: 3, above: 4 } })
      return {
        ...data,
        target: 'price in dollars',
        evaluation: data.evaluation && { ...data.evaluation, rows: 1_000 },
      }
    })(),
  ],
  'residuals that are never above zero': [
    'residuals',
    measured(1, { histogram: { edges: [-2, -1, 0], counts: [1, 3], below: 0, above: 0 } }),
  ],
  'residuals that are never below zero': [
    'residuals',
    measured(1, { histogram: { edges: [0, 1, 2], counts: [1, 3], below: 0, above: 1 } }),
  ],
  'residuals of large numbers': ['residuals', measured(10_000)],
  'residuals of one value': ['residuals', measured(1, { truth: [3, 3], predicted: [3, 3] })],
  'residuals of more than 300 rows': [
    'residuals',
    measured(1, { truth: falling(301), predicted: falling(301, 2) }),
  ],
  'residuals of several targets': ['residuals', ofTargets(measured(), ['a', 'bare', 'b', 'c', 'd', 'e'])],
  'learning curve': ['learning-curve', learnt()],
  'learning curve of folds by their loss': [
    'learning-curve',
    (() => {
      const learningCurve = [40, 80].map((rows) => ({ share: rows / 80, rows, loss: 9 / rows, metrics: {} }))
      const fold = { rows: 10, loss: 1, metrics: {} }
      return {
        ...nothing,
        subject: 'x',
        evaluation: { rows: 20, loss: 1, metrics: {}, folds: [fold, fold], learningCurve },
      }
    })(),
  ],
  'importance of three columns': ['importance', explained(3)],
  'importance of 21 columns on rows not seen': ['importance', explained(21, { seen: false })],
  'importance by errors of ten thousands': [
    'importance',
    explained(1, {
      importance: {
        metric: 'meanAbsoluteError',
        repeats: 4,
        baseline: 2,
        features: [
          { feature: 'x', mean: 12_000, deviation: 345 },
          { feature: 'y', mean: -20, deviation: 30 },
        ],
      },
    }),
  ],
  'importance of a column that counts for nothing': [
    'importance',
    explained(1, {
      importance: {
        metric: 'logLoss',
        repeats: 5,
        baseline: 2,
        features: [{ feature: 'x', mean: 0, deviation: 0 }],
      },
    }),
  ],
  'terms of one class': ['terms', explained(1, { terms: termsOf(['pos'], 11) })],
  'terms of six classes, by contributions': [
    'terms',
    explained(1, { terms: termsOf(names(6), 6), termsBy: 'contributions' }),
  ],
  'terms of two columns, for a number only': [
    'terms',
    explained(1, {
      terms: [
        {
          name: 'value',
          positive: [
            { term: ' th', feature: 'title', weight: 2 },
            { term: 'an end  ', feature: 'description', weight: 1 },
          ],
          negative: [],
        },
      ],
    }),
  ],
  'feature that is a number': ['feature', curved(outputsOf([1, 2, 4], [10, 20, 40]))],
  'feature that is a large number, with a flat answer': [
    'feature',
    curved(outputsOf([1, 20_000], [-30, -30])),
  ],
  'feature with one value': ['feature', curved(outputsOf([3], [20_000]))],
  'feature with answers of nothing': ['feature', curved(outputsOf([3, 4], [0, 0]))],
  'feature that is a date': [
    'feature',
    curved(outputsOf(['2020-01-01', '2020-07-01'], [0.2, 0.25]), ['yes']),
  ],
  'feature that is one date': ['feature', curved(outputsOf(['2020-01-01'], [0.99]), ['yes'])],
  'feature whose probability is low': ['feature', curved(outputsOf([1, 2], [0.01, 0.02]), ['yes'])],
  'feature whose probability varies': ['feature', curved(outputsOf([1, 2], [0.1, 0.8]), ['yes'])],
  'feature that is a category': ['feature', curved(outputsOf(['red', 'blue'], [0.2, 0.4]), ['yes'])],
  'feature that is a category, with answers below zero': [
    'feature',
    curved(outputsOf(['red', 'blue'], [-20_000, 300])),
  ],
  'feature that is a number, of six classes': [
    'feature',
    curved(
      outputsOf([1, 2], [0.1, 0.1], [0.1, 0.3], [0.2, 0.1], [0.3, 0.2], [0.1, 0.3], [0.2, 0.05]),
      names(6),
    ),
  ],
  'feature that is a category, of two classes': [
    'feature',
    curved(outputsOf(['red', 'blue'], [0.2, 0.4], [0.8, 0.6]), ['no', 'yes']),
  ],
  'feature of five targets': [
    'feature',
    curved(outputsOf([1, 2], [1, 2], [3, 4], [5, 6], [7, 8], [9, 9]), names(5), 'meanAbsoluteError'),
  ],
}

/** Lists longer than this are kept in part. */
const LONG = 24

/** Writes a value with one line for each thing that has parts, and of long lists their length and every seventh part. */
function written(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const isFlat = Object.values(value).every((part) => typeof part !== 'object' || part === null)
  if (Array.isArray(value) && value.length > LONG)
    return `${value.length} of which ${written(
      value.filter((_, at) => at % 7 === 0),
      indent,
    )}`
  if (isFlat) return JSON.stringify(value)
  const inner = `${indent} `
  const parts = Object.entries(value).map(([key, part]) =>
    Array.isArray(value) ? `- ${written(part, inner).trimStart()}` : `${key}: ${written(part, inner)}`,
  )
  return `\n${parts.map((part) => `${inner}${part}`).join('\n')}`
}

it.each(Object.entries(EXAMPLES))('the figure of %s is as it was', async (example, [name, data]) => {
  expect(PLOTS[name].drawable(data)).toBe(true)
  const { direction, panels } = PLOTS[name].figure(data, COLORS.light)
  const shown = panels.map(({ spec: { config, ...spec }, ...size }) => {
    expect(config).toEqual(configOf(COLORS.light))
    return { ...size, ...spec }
  })
  await expect(`${written({ direction, panels: shown }).trim()}\n`).toMatchFileSnapshot(
    `figures/${example.replaceAll(/[^a-z0-9]+/gi, '-')}.txt`,
  )
})

it('the look of all figures is as it was', async () => {
  await expect(`${written(configOf(COLORS.dark)).trim()}\n`).toMatchFileSnapshot('figures/look.txt')
})
