import type { Prediction } from '../../models/predictor.ts'
import type { ServedSignature } from '../../serving/contract.ts'

/** A named part of the answers to all rows, such as the label of each, as the protocols of tensors give it. */
export interface Output {
  name: string
  datatype: 'BYTES' | 'FP64' | 'BOOL'
  /** Values of each row. */
  width: number
  /** Names of the values in their order, such as the classes; empty if they have none. */
  labels: readonly string[]
  /** Returns the values of one row. */
  valuesOf(prediction: Prediction): (string | number | boolean)[]
}

type Labelled = Pick<Output, 'labels' | 'width'>

/** Returns the outputs of a version, the most telling first. */
export function outputsOf({ task, classes, targets }: ServedSignature): Output[] {
  const each: Labelled = { labels: classes, width: classes.length }
  if (task === 'multiLabel') return [probabilities(each), answered(each)]
  if (task === 'multiclass') return [label(), confidence(), probabilities(each)]
  if (task === 'binary') return [label(), score(), probabilities(each)]
  if (targets.length > 0)
    return targets.map((name) => numberOutput(name, (found) => targetValue(found, name)))
  return [value()]
}

/**
 * Returns the numbers that a Keras model of the same task answers: the probability of the positive class, one for each
 * class, or the predicted values.
 */
export function networkOutput({ task, classes, targets }: ServedSignature): Output {
  if (task === 'binary') return score()
  if (task !== 'regression') return probabilities({ labels: classes, width: classes.length })
  if (targets.length === 0) return value()
  return {
    name: 'values',
    datatype: 'FP64',
    width: targets.length,
    labels: targets,
    valuesOf: (prediction) => targets.map((name) => targetValue(prediction, name)),
  }
}

function label(): Output {
  const valuesOf: Output['valuesOf'] = (prediction) => ('label' in prediction ? [prediction.label] : [])
  return { name: 'label', datatype: 'BYTES', width: 1, labels: [], valuesOf }
}

function score(): Output {
  return numberOutput('score', (prediction) => ('score' in prediction ? prediction.score : Number.NaN))
}

function confidence(): Output {
  return numberOutput('confidence', (prediction) =>
    'confidence' in prediction ? prediction.confidence : Number.NaN,
  )
}

function value(): Output {
  return numberOutput('value', (prediction) => ('value' in prediction ? prediction.value : Number.NaN))
}

function probabilities({ labels, width }: Labelled): Output {
  return {
    name: 'probabilities',
    datatype: 'FP64',
    width,
    labels,
    valuesOf: (prediction) =>
      'probabilities' in prediction ? labels.map((name) => own(prediction.probabilities, name) ?? 0) : [],
  }
}

/** Returns whether each label is answered. */
function answered({ labels, width }: Labelled): Output {
  return {
    name: 'answered',
    datatype: 'BOOL',
    width,
    labels,
    valuesOf: (prediction) => {
      const found = new Set('labels' in prediction ? prediction.labels.map((one) => one.label) : [])
      return labels.map((name) => found.has(name))
    },
  }
}

function numberOutput(name: string, numberOf: (prediction: Prediction) => number): Output {
  return {
    name,
    datatype: 'FP64',
    width: 1,
    labels: [],
    valuesOf: (prediction) => [numberOf(prediction)],
  }
}

function targetValue(prediction: Prediction, target: string): number {
  return ('values' in prediction ? own(prediction.values, target) : undefined) ?? Number.NaN
}

function own(record: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
