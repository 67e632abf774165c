import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { join } from 'node:path'
import { loadSync } from '@grpc/proto-loader'
import { type Material, mutated } from './bytes.ts'
import type { Draws } from './random.ts'

const PROTO = join(import.meta.dirname, '../../../src/api/protocols/open-inference/grpc/open-inference.proto')
const SERVICE = 'inference.GRPCInferenceService'

/** Good messages by the method that takes them. */
const MESSAGES: readonly (readonly [method: string, message: object])[] = [
  ['ServerMetadata', {}],
  ['ModelReady', { name: 'texts', version: '1' }],
  ['ModelMetadata', { name: 'houses' }],
  ['ModelStatistics', { name: 'texts' }],
  ['RepositoryIndex', { ready: true }],
  ['RepositoryModelLoad', { model_name: 'texts' }],
  [
    'ModelInfer',
    {
      model_name: 'texts',
      id: '1',
      inputs: [
        {
          name: 'text',
          datatype: 'BYTES',
          shape: [2, 1],
          contents: { bytes_contents: [Buffer.from('A film'), Buffer.from('Dull')] },
        },
      ],
      outputs: [{ name: 'probabilities', parameters: { classification: { int64_param: 1 } } }],
    },
  ],
  [
    'ModelInfer',
    {
      model_name: 'houses',
      model_version: 'production',
      inputs: [
        { name: 'sqft', datatype: 'FP64', shape: [1], parameters: { content_type: { string_param: 'np' } } },
        { name: 'rooms', datatype: 'INT32', shape: [1] },
      ],
      raw_input_contents: [Buffer.alloc(8, 64), Buffer.from([3, 0, 0, 0])],
    },
  ],
]

/** A call as it was answered; a status of -1: the connection ended before. */
export interface Call {
  method: string
  message: Buffer
  status: number
  details: string
}

/** Returns what makes calls of a gRPC service whose messages are damaged. */
export function damagedCalls(port: number) {
  const session: ClientHttp2Session = connect(`http://127.0.0.1:${port}`)
  const service = loadSync(PROTO, { keepCase: true })[SERVICE]
  if (!service || 'format' in service) throw new RangeError('no service')
  const encoded = MESSAGES.map(([method, message]) => ({
    method,
    bytes: service[method]?.requestSerialize(message) ?? Buffer.alloc(0),
  }))
  const material: Material = {
    corpus: encoded.map(({ bytes }) => bytes),
    words: [
      'texts',
      'houses',
      'FP32',
      'BOOL',
      'BYTES',
      '\u0000',
      '\u00FF\u00FF\u00FF\u00FF\u000F',
      '\n\u0000',
    ],
  }
  return {
    close: () => session.close(),
    async call(draws: Draws): Promise<Call> {
      const { method, bytes } = draws.of(encoded)
      const message = mutated(draws, { ...material, corpus: [bytes, bytes, draws.of(material.corpus)] })
      const { status, details } = await answered(session, method, framed(message, draws))
      return { method, message, status, details }
    },
  }
}

/** A message with the five bytes ahead of it: whether it is compressed, and its length. Sometimes they are wrong. */
function framed(message: Buffer, draws: Draws): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  if (draws.chance(0.05)) head.writeUInt8(draws.below(3), 0)
  if (draws.chance(0.05)) head.writeUInt32BE(draws.of([0, 1, message.length + 1, 2 ** 31, 2 ** 32 - 1]), 1)
  return Buffer.concat([head, message])
}

function answered(session: ClientHttp2Session, method: string, body: Buffer) {
  return new Promise<{ status: number; details: string }>((resolve) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: `/${SERVICE}/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': '20S',
    })
    let answer = { status: -1, details: '' }
    const read = (headers: Record<string, string | string[] | number | undefined>) => {
      const { 'grpc-status': status, 'grpc-message': details = '' } = headers
      if (status !== undefined)
        answer = { status: Number(status), details: decodeURIComponent(String(details)) }
    }
    stream.on('response', read)
    stream.on('trailers', read)
    stream.on('error', () => undefined)
    stream.on('close', () => resolve(answer))
    stream.resume()
    stream.end(body)
  })
}
