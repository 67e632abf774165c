import { answerOf, api, type Schemas } from '../../api/client.ts'
import { nameOf, upload } from '../datasets/upload.ts'

/** Stands behind the name of a file of rows, so that a retrain never takes them for the newest data of a model. */
const SUFFIX = '-to-answer'
/** Characters of a name of a data set. */
const MAX_NAME = 64

interface Order {
  file: File
  signature: Schemas['Signature']
  signal: AbortSignal
  /** Called with the bytes that were sent so far. */
  onProgress: (bytes: number) => void
}

/**
 * Uploads a file of rows, and orders the answers to all of them beside its own columns.
 * @throws {ProblemError} where the file cannot be read, or its columns are not those of the model
 */
export async function orderAnswers(order: Order): Promise<Schemas['BatchPrediction']> {
  const { file, signature } = order
  const name = `${nameOf(file.name).slice(0, MAX_NAME - SUFFIX.length)}${SUFFIX}`
  const send = (types: Readonly<Record<string, string>>) =>
    upload({ name, file, options: { types }, signal: order.signal, onProgress: order.onProgress })
  const asFound = await send({})
  // A short file may look otherwise than the one that was learnt from: texts that repeat like categories, for example.
  const types = otherTypes(asFound, signature)
  const { id, columns } = Object.keys(types).length > 0 ? await send(types) : asFound
  return answerOf(
    api.POST('/predictions', {
      body: {
        model: `${signature.model}@${signature.version}`,
        dataset: id,
        columns: columns.map((column) => column.name),
        prefix: 'predicted_',
      },
      signal: order.signal,
    }),
  )
}

/** Returns the types that the model has learnt of columns which were read as another one. */
function otherTypes(
  { columns }: Schemas['Dataset'],
  { inputs }: Schemas['Signature'],
): Record<string, string> {
  const found = new Map(columns.map(({ name, type }) => [name, type]))
  const others = inputs.filter(
    ({ name, type }) => found.has(name) && found.get(name) !== type && !name.includes(','),
  )
  return Object.fromEntries(others.map(({ name, type }) => [name, type]))
}
