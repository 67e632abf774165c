import { z } from 'zod'
import type { Prediction } from '../../../models/predictor.ts'
import type { ServedSignature } from '../../../serving/contract.ts'
import type { RouteDependencies } from '../../dependencies.ts'
import { readCsvRows } from '../../requests/csv-rows.ts'
import { deadlineOf } from '../../requests/deadline.ts'
import { bodyReader } from '../../requests/whole-body.ts'
import { type App, CSV_TYPE, JSON_TYPE } from '../../route-config.ts'
import { networkOutput } from '../outputs.ts'
import { answerRows } from '../predictions.ts'
import { columnNamed } from '../rows.ts'
import { FOREIGN_OPEN, FOREIGN_ROWS, refusal, useErrorForm, wholeMessage } from '../scope.ts'
import { type Invocation, readInvocation } from './request.ts'

/** The model, which the servers of this protocol know by themselves. */
const Query = z.object({ model: z.string().optional(), version: z.string().optional() })

/** Adds the scoring protocol of MLflow, which SageMaker's containers have too: `/invocations` and `/ping`. */
export function mlflowRoutes(app: App, { serving, config, bodyMemory }: RouteDependencies): void {
  useErrorForm(app, { body: (error) => ({ error_code: codeOf(error.code), message: wholeMessage(error) }) })
  app.addContentTypeParser(CSV_TYPE, bodyReader(app, bodyMemory, CSV_TYPE))
  app.get('/ping', FOREIGN_OPEN, () => ({}))
  const options = {
    config: { ...FOREIGN_ROWS.config, accepts: [JSON_TYPE, CSV_TYPE] },
    schema: { ...FOREIGN_ROWS.schema, querystring: Query },
  }
  app.post<{ Querystring: z.output<typeof Query> }>('/invocations', options, async (request, reply) => {
    const deadline = deadlineOf(reply, config.requestTimeoutMs)
    const signature = await serving.describe(request.query, deadline)
    const { rows, path, probabilities } = await read(request.body, signature)
    const { maxBatch } = config
    const predictions = await answerRows(serving, { signature, rows, path, deadline, maxBatch })
    return { predictions: predictions.map((one) => answerOf(one, signature, probabilities)) }
  })

  async function read(body: unknown, signature: ServedSignature): Promise<Invocation> {
    const { maxBatch } = config
    if (!Buffer.isBuffer(body)) return readInvocation(body, signature, maxBatch)
    const columnOf = (name: string) => columnNamed(signature, name)
    const { rows } = await readCsvRows(body, { delimiter: undefined, maxRows: maxBatch, columnOf })
    if (rows.length > maxBatch) throw refusal(`Expected at most ${maxBatch} rows.`)
    return { rows, path: '', probabilities: false }
  }
}

/** Returns the answer to a row as a scikit-learn model under MLflow gives it: the label, or the value. */
function answerOf(prediction: Prediction, signature: ServedSignature, probabilities: boolean): unknown {
  if ('value' in prediction) return prediction.value
  if ('values' in prediction) return networkOutput(signature).valuesOf(prediction)
  if (probabilities) return signature.classes.map((label) => prediction.probabilities[label] ?? 0)
  return 'label' in prediction ? prediction.label : prediction.labels.map(({ label }) => label)
}

/** Returns the nearest of MLflow's error codes. */
function codeOf(code: string): string {
  if (code.startsWith('unknown-') || code === 'not-found') return 'RESOURCE_DOES_NOT_EXIST'
  if (code === 'unauthorized') return 'UNAUTHENTICATED'
  if (code === 'forbidden') return 'PERMISSION_DENIED'
  if (code === 'rate-limited' || code === 'overloaded') return 'REQUEST_LIMIT_EXCEEDED'
  if (code === 'not-ready' || code === 'deadline-exceeded') return 'TEMPORARILY_UNAVAILABLE'
  return code === 'internal' || code === 'corrupt-artifact' ? 'INTERNAL_ERROR' : 'BAD_REQUEST'
}
