import type { Prediction } from '../../../models/predictor.ts'
import type { Generation } from '../../../registry/model-log.ts'
import type { ServedSignature } from '../../../serving/contract.ts'
import { networkOutput } from '../outputs.ts'
import { refusal } from '../scope.ts'
import { type ReadRows, SIGNATURE } from './request.ts'

/** Returns the answer to `:predict`: a list of numbers for each row, as a Keras model's last layer gives them. */
export function predictAnswer(
  form: ReadRows['form'],
  signature: ServedSignature,
  predictions: readonly Prediction[],
): unknown {
  const output = networkOutput(signature)
  const values = predictions.map((prediction) => output.valuesOf(prediction))
  return form === 'row' ? { predictions: values } : { outputs: values }
}

/** Returns the answer to `:classify`: each class with its probability. @throws FitserveError for a regression */
export function classifyAnswer(
  { task, classes }: ServedSignature,
  predictions: readonly Prediction[],
): unknown {
  if (task === 'regression')
    throw refusal('Expected a classifier, but the model is a regression. Use :regress.')
  const results = predictions.map((prediction) => {
    const probabilities = 'probabilities' in prediction ? prediction.probabilities : {}
    return classes.map((label) => [label, probabilities[label] ?? 0])
  })
  return { results }
}

/** Returns the answer to `:regress`: the value of each row. @throws FitserveError for a classifier or several targets */
export function regressAnswer(
  { task, targets }: ServedSignature,
  predictions: readonly Prediction[],
): unknown {
  if (task !== 'regression')
    throw refusal('Expected a regression, but the model is a classifier. Use :classify.')
  if (targets.length > 0) throw refusal('The model has several targets. Use :predict.')
  return { results: predictions.map((prediction) => ('value' in prediction ? prediction.value : null)) }
}

/** Returns the state of versions. All can be asked: one that is not in memory is loaded by its first request. */
export function statusAnswer(versions: readonly number[]): unknown {
  return {
    model_version_status: [...versions]
      .sort((a, b) => b - a)
      .map((version) => ({
        version: String(version),
        state: 'AVAILABLE',
        status: { error_code: 'OK', error_message: '' },
      })),
  }
}

/** Returns the numbers of a model's versions. */
export function versionsOf({ state }: Pick<Generation, 'state'>): number[] {
  return state.versions.map(({ version }) => version)
}

const DTYPES = {
  number: 'DT_DOUBLE',
  boolean: 'DT_BOOL',
  category: 'DT_STRING',
  text: 'DT_STRING',
  date: 'DT_STRING',
  datetime: 'DT_STRING',
  list: 'DT_STRING',
} as const

/** Returns the signature of a version: one input for each column, each of shape [-1, 1]. */
export function metadataAnswer(signature: ServedSignature): unknown {
  const output = networkOutput(signature)
  const inputs = signature.inputs.map(({ name, type }) => [name, tensor(name, DTYPES[type], 1)])
  const definition = {
    inputs: Object.fromEntries(inputs),
    outputs: { [output.name]: tensor(output.name, 'DT_DOUBLE', output.width) },
    method_name: 'tensorflow/serving/predict',
    defaults: {},
  }
  return {
    model_spec: { name: signature.model, signature_name: '', version: String(signature.version) },
    metadata: { signature_def: { signature_def: { [SIGNATURE]: definition } } },
  }
}

function tensor(name: string, dtype: string, width: number) {
  const dim = [-1, width].map((size) => ({ size: String(size), name: '' }))
  return { dtype, tensor_shape: { dim, unknown_rank: false }, name }
}
