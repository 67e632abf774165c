import { FitserveError } from '../../../src/errors.ts'
import type { Prediction } from '../../../src/models/predictor.ts'
import type { PredictTarget, ServedSignature } from '../../../src/serving/contract.ts'
import { stubApp } from '../stubs.ts'

type Model = Pick<ServedSignature, 'task' | 'inputs' | 'classes' | 'targets' | 'textInput'> & {
  answer: (row: Record<string, unknown>) => Prediction
}

const columns = (types: Record<string, 'number' | 'text' | 'category'>) =>
  Object.entries(types).map(([name, type]) => ({ name, type }))

/** Models whose answers follow from their rows, so that a test sees which row was answered. */
const MODELS: Record<string, Model> = {
  reviews: {
    task: 'binary',
    inputs: columns({ review: 'text' }),
    classes: ['neg', 'pos'],
    targets: [],
    textInput: 'review',
    answer: ({ review }) => {
      const score = String(review).length / 100
      const label = score >= 0.5 ? 'pos' : 'neg'
      return {
        label,
        score,
        confidence: Math.max(score, 1 - score),
        probabilities: { neg: 1 - score, pos: score },
      }
    },
  },
  topics: {
    task: 'multiclass',
    inputs: columns({ title: 'text', source: 'category' }),
    classes: ['earn', 'acq', 'crude'],
    targets: [],
    textInput: null,
    answer: ({ source }) => {
      const probabilities = { earn: 0.25, acq: 0.125, crude: 0.625 }
      const label = source === 'wire' ? 'crude' : 'earn'
      return { label, score: probabilities[label], confidence: probabilities[label], probabilities }
    },
  },
  tags: {
    task: 'multiLabel',
    inputs: columns({ title: 'text' }),
    classes: ['a', 'b'],
    targets: [],
    textInput: 'title',
    answer: () => ({ labels: [{ label: 'b', score: 0.75 }], probabilities: { a: 0.25, b: 0.75 } }),
  },
  houses: {
    task: 'regression',
    inputs: columns({ rooms: 'number', age: 'number' }),
    classes: [],
    targets: [],
    textInput: null,
    answer: ({ rooms, age }) => ({ value: Number(rooms) * 1000 + Number(age ?? 0.5) }),
  },
  yields: {
    task: 'regression',
    inputs: columns({ rain: 'number' }),
    classes: [],
    targets: ['wheat', 'rye'],
    textInput: null,
    answer: ({ rain }) => ({ values: { wheat: Number(rain), rye: Number(rain) / 2 } }),
  },
}

/** An API over the models above. */
export function protocolApp() {
  return stubApp(protocolParts())
}

/** Stand-ins for serving with the models above, each with version 3 in production and a version 2. */
export function protocolParts() {
  const modelOf = (name: string | undefined) => {
    if (name === undefined) throw new FitserveError('invalid-request', 'Several models exist.')
    const model = MODELS[name]
    if (!model) throw new FitserveError('unknown-model', `There is no model "${name}".`)
    return { name, model }
  }
  const versionOf = (version: string | number | undefined) => {
    const number = version === undefined || version === 'production' ? 3 : Number(version)
    if (number === 2 || number === 3) return number
    throw new FitserveError('unknown-version', `There is no version ${version}.`)
  }
  return {
    serving: {
      describe: async ({ model: asked, version }: PredictTarget) => {
        const { name, model } = modelOf(asked)
        const { task, inputs, classes, targets, textInput } = model
        return { model: name, version: versionOf(version), task, inputs, classes, targets, textInput }
      },
      predict: async (target: PredictTarget, rows: readonly unknown[]) => {
        const { name, model } = modelOf(target.model)
        const predictions = rows.map((row) => model.answer(checked(row, model)))
        return { model: name, version: versionOf(target.version), predictions } as never
      },
    },
  }
}

function checked(row: unknown, { inputs }: Model): Record<string, unknown> {
  const cells = row as Record<string, unknown>
  const names = inputs.map(({ name }) => name)
  const faulty = [...names, ...Object.keys(cells)].find(
    (name) => !names.includes(name) || !Object.hasOwn(cells, name),
  )
  if (faulty === undefined) return cells
  const message = 'The column is missing.'
  throw new FitserveError('invalid-rows', 'Some rows are invalid.', {
    problems: [{ path: `/instances/0/${faulty}`, message }],
  })
}
