import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Datasets, ReadOptions } from '../../datasets/contract.ts'
import { readOptions } from '../../datasets/read-options.ts'
import { FitserveError } from '../../errors.ts'
import { JSON_TYPE } from '../route-config.ts'
import { type DatasetImport, delimiterOf } from '../schemas/datasets.ts'
import { sendDataset } from './send-dataset.ts'
import { whileConnected } from './while-connected.ts'

/** Fetches the file of an order and answers its data set. */
export async function fetchDataset(
  datasets: Pick<Datasets, 'fetch'>,
  order: z.output<typeof DatasetImport>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { name, url } = order
  const options = optionsOf(order)
  const signal = whileConnected(reply)
  return sendDataset(reply, await datasets.fetch({ name, url, options, signal }))
}

/** Reads the options of an order to fetch. @throws FitserveError `invalid-request` */
function optionsOf({ format, delimiter, ...words }: z.output<typeof DatasetImport>): ReadOptions {
  try {
    return readOptions({ ...words, format: format ?? null, delimiter: delimiterOf(delimiter) })
  } catch (error) {
    // They stand in the body here.
    if (error instanceof FitserveError && error.code === 'invalid-query')
      throw new FitserveError('invalid-request', error.message, { problems: error.problems })
    throw error
  }
}

/** Limit on the body of an order to fetch, in bytes. A longer one is a table. */
const MAX_ORDER = 16_384

/**
 * Returns the order to fetch a file that a JSON body is: a single object with a `url` that names a protocol. Otherwise
 * the body is a table, and is returned as it came.
 */
export async function orderOrTable(
  request: FastifyRequest,
  body: Readable,
): Promise<{ order: object } | { order: undefined; body: Readable }> {
  const { 'content-length': length = 'none', 'content-encoding': encoding } = request.headers
  const mayBe = request.mediaType === JSON_TYPE && Number(length) <= MAX_ORDER && encoding === undefined
  if (!mayBe) return { order: undefined, body }
  const bytes = Buffer.concat(await body.toArray())
  const order = orderIn(bytes.toString('utf8'))
  return order ? { order } : { order: undefined, body: Readable.from([bytes]) }
}

function orderIn(text: string): object | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The reader of tables says what is wrong with it, and where.
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('url' in value)) return undefined
  return typeof value.url === 'string' && /^[a-z0-9]+:\/\//i.test(value.url) ? value : undefined
}
