import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type FitserveError, unknown } from '../../../errors.ts'
import type { ServedSignature } from '../../../serving/contract.ts'
import type { RouteDependencies } from '../../dependencies.ts'
import { deadlineOf } from '../../requests/deadline.ts'
import { pathOf } from '../../requests/path-of.ts'
import { type App, JSON_TYPE } from '../../route-config.ts'
import { answerRows, type Named } from '../predictions.ts'
import { FOREIGN, FOREIGN_ROWS, refusal, useErrorForm, wholeMessage } from '../scope.ts'
import { type Address, readAddress, type Verb } from './address.ts'
import {
  classifyAnswer,
  metadataAnswer,
  predictAnswer,
  regressAnswer,
  statusAnswer,
  versionsOf,
} from './answers.ts'
import { type ReadRows, readExamples, readPredict } from './request.ts'

/** The part of an address below `/v1/`. */
const Rest = z.object({ '*': z.string() })

/** Adds the REST API v1 of TensorFlow Serving: predict, classify, regress, status and metadata of the same models. */
export function tensorflowServingRoutes(app: App, dependencies: RouteDependencies): void {
  const { config, models, serving } = dependencies
  useErrorForm(app, { body: (error, address) => ({ error: errorMessage(error, address) }) })

  const get = { ...FOREIGN, schema: { ...FOREIGN.schema, params: Rest } }
  app.get<{ Params: z.output<typeof Rest> }>('/v1/*', get, async (request, reply) => {
    const path = request.params['*']
    if (/^models\/?$/i.test(path)) throw refusal('Missing model name in request.')
    const address = readAddress('GET', path)
    if (!address) throw malformed(request)
    const { verb, target } = address
    if (verb === 'metadata')
      return metadataAnswer(await serving.describe(target, deadlineOf(reply, config.requestTimeoutMs)))
    return statusAnswer(await versionsAsked(target))
  })

  const post = {
    // The protocol does not look at the type of a body.
    config: { ...FOREIGN_ROWS.config, readAs: () => JSON_TYPE },
    schema: { ...FOREIGN_ROWS.schema, params: Rest },
  }
  app.post<{ Params: z.output<typeof Rest> }>('/v1/*', post, async (request, reply) => {
    const address = readAddress('POST', request.params['*'])
    if (!address) throw malformed(request)
    return answer(address, request.body, reply)
  })

  async function answer({ verb, target }: Address, body: unknown, reply: FastifyReply): Promise<unknown> {
    const deadline = deadlineOf(reply, config.requestTimeoutMs)
    const signature = await serving.describe(target, deadline)
    const { maxBatch } = config
    const { form, rows, path } = readRows(verb, body, signature, maxBatch)
    const predictions = await answerRows(serving, { signature, rows, path, deadline, maxBatch })
    if (verb === 'classify') return classifyAnswer(signature, predictions)
    if (verb === 'regress') return regressAnswer(signature, predictions)
    return predictAnswer(form, signature, predictions)
  }

  async function versionsAsked({ model, version }: Named): Promise<number[]> {
    if (version !== undefined) return [(await models.entry(model, version)).version]
    const head = await models.head(model)
    if (!head) throw unknown('unknown-model', 'model', model, { known: await models.names() })
    return versionsOf(head)
  }
}

function readRows(verb: Verb, body: unknown, signature: ServedSignature, maxRows: number): ReadRows {
  return verb === 'predict' ? readPredict(body, signature, maxRows) : readExamples(body, signature, maxRows)
}

function malformed({ method, url }: Pick<FastifyRequest, 'method' | 'url'>): FitserveError {
  return refusal(`Malformed request: ${method} ${pathOf(url)}`)
}

/** Returns an error's message in the words of the protocol where it has some, so that clients that look for them work. */
function errorMessage(error: FitserveError, address: string): string {
  const message = wholeMessage(error)
  if (error.code === 'invalid-json') return `JSON Parse error: ${message}`
  if (error.code === 'unknown-model' || error.code === 'unknown-version' || error.code === 'unknown-alias')
    return `Servable not found for request: ${servableOf(address)}. ${message}`
  return message
}

function servableOf(address: string): string {
  const [method, url = ''] = address.split(' ', 2)
  const asked = readAddress(method === 'GET' ? 'GET' : 'POST', url.slice('/v1/'.length))
  if (!asked) return url
  const { model, version } = asked.target
  return version === undefined ? `Latest(${model})` : `Specific(${model}, ${version})`
}
