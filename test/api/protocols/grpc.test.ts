import { join } from 'node:path'
import { type Client, credentials, loadPackageDefinition, Metadata, type ServiceError } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RouteDependencies } from '../../../src/api/dependencies.ts'
import { type GrpcServer, startGrpc } from '../../../src/api/protocols/open-inference/grpc/server.ts'
import { OpenInference } from '../../../src/api/protocols/open-inference/service.ts'
import { Keys } from '../../../src/keys/keys.ts'
import { apiKey, stubs } from '../stubs.ts'
import { protocolParts } from './models.ts'

const PROTO = join(import.meta.dirname, '../../../src/api/protocols/open-inference/grpc/open-inference.proto')
const ten = 'ten chars!'
type Call = (
  message: object,
  metadata: Metadata,
  options: object,
  done: (error: ServiceError | null, answer: unknown) => void,
) => void

/** Calls a method of the service, and returns its answer, or the error's code and details. */
async function ask(server: GrpcServer, method: string, message: object = {}, key?: string): Promise<unknown> {
  const definition = loadPackageDefinition(loadSync(PROTO, { keepCase: true, longs: Number, defaults: true }))
  const { GRPCInferenceService } = definition['inference'] as unknown as Record<
    string,
    new (
      address: string,
      security: unknown,
    ) => Client & Record<string, Call>
  >
  if (!GRPCInferenceService) throw new Error('no service')
  const client = new GRPCInferenceService(`127.0.0.1:${server.port}`, credentials.createInsecure())
  const metadata = new Metadata()
  if (key !== undefined) metadata.set('authorization', `Bearer ${key}`)
  try {
    return await new Promise((resolve) => {
      client[method]?.(message, metadata, { deadline: Date.now() + 20_000 }, (error, answer) =>
        resolve(error ? { code: error.code, details: error.details } : answer),
      )
    })
  } finally {
    client.close()
  }
}

async function serverWith(parts: object): Promise<GrpcServer> {
  const dependencies = { ...stubs(parts), draining: () => false, overloaded: () => false }
  const service = new OpenInference(dependencies as unknown as RouteDependencies)
  const { bodyLimit, requestTimeoutMs } = dependencies.config
  return startGrpc('127.0.0.1', 0, {
    service,
    access: dependencies.access,
    tls: undefined,
    bodyLimit,
    requestTimeoutMs,
    log: pino({ level: 'silent' }),
  })
}

describe('the gRPC service', () => {
  let server: GrpcServer
  beforeAll(async () => {
    server = await serverWith(protocolParts())
  })
  afterAll(() => server.close(1_000))

  it('is live and ready, and names itself', async () => {
    expect(await ask(server, 'ServerLive')).toEqual({ live: true })
    expect(await ask(server, 'ServerReady')).toEqual({ ready: true })
    expect(await ask(server, 'ServerMetadata')).toMatchObject({ name: 'fitserve', version: '0.0.0-test' })
  })

  it('describes a model', async () => {
    expect(await ask(server, 'ModelReady', { name: 'houses' })).toEqual({ ready: true })
    expect(await ask(server, 'ModelMetadata', { name: 'houses', version: '2' })).toEqual({
      name: 'houses',
      versions: ['2'],
      platform: 'fitserve_json',
      inputs: [
        { name: 'rooms', datatype: 'FP64', shape: [-1, 1] },
        { name: 'age', datatype: 'FP64', shape: [-1, 1] },
      ],
      outputs: [{ name: 'value', datatype: 'FP64', shape: [-1, 1] }],
    })
    const index = { models: [expect.objectContaining({ version: '2', state: 'READY' })] }
    expect(await ask(server, 'RepositoryIndex', { ready: true })).toEqual(index)
    expect(await ask(server, 'RepositoryModelLoad', { model_name: 'houses' })).toEqual({})
  })

  it('answers texts as contents', async () => {
    const contents = { bytes_contents: [Buffer.from(ten)] }
    const input = { name: 'review', datatype: 'BYTES', shape: [1, 1], contents }
    const answer = await ask(server, 'ModelInfer', { model_name: 'reviews', id: 'a', inputs: [input] })
    expect(answer).toMatchObject({
      model_name: 'reviews',
      model_version: '3',
      id: 'a',
      outputs: [
        {
          name: 'label',
          shape: [1, 1],
          datatype: 'BYTES',
          contents: { bytes_contents: [Buffer.from('neg')] },
        },
        { name: 'score', contents: { fp64_contents: [0.1] } },
        { name: 'probabilities', shape: [1, 2], contents: { fp64_contents: [0.9, 0.1] } },
      ],
      raw_output_contents: [],
    })
  })

  it.each([
    ['FP32', { fp32_contents: [2] }],
    ['FP64', { fp64_contents: [2] }],
    ['INT16', { int_contents: [2] }],
    ['INT64', { int64_contents: [2] }],
    ['UINT8', { uint_contents: [2] }],
    ['UINT64', { uint64_contents: [2] }],
    ['BOOL', { bool_contents: [true] }],
  ])('answers numbers as %s', async (datatype, contents) => {
    const rain = { name: 'rain', datatype, shape: [1], contents }
    const answer = await ask(server, 'ModelInfer', { model_name: 'yields', inputs: [rain] })
    const wheat = datatype === 'BOOL' ? 1 : 2
    expect(answer).toMatchObject({ outputs: [{ contents: { fp64_contents: [wheat] } }, { name: 'rye' }] })
  })

  it('answers bytes by bytes', async () => {
    const rooms = Buffer.alloc(8)
    rooms.writeDoubleLE(2)
    const input = (name: string) => ({ name, datatype: 'FP64', shape: [1, 1] })
    const inputs = [input('rooms'), input('age')]
    const message = { model_name: 'houses', inputs, raw_input_contents: [rooms, rooms] }
    const { raw_output_contents: raw } = (await ask(server, 'ModelInfer', message)) as {
      raw_output_contents: Buffer[]
    }
    expect(raw[0]?.readDoubleLE(0)).toBe(2002)
  })

  it.each([
    ['ModelInfer', { model_name: 'nope', inputs: [{ name: 'x', datatype: 'FP32', shape: [0] }] }, 5],
    ['ModelInfer', { model_name: 'reviews' }, 3],
    ['ModelInfer', { model_name: 'reviews', inputs: [{ name: 'x', datatype: 'STRING', shape: [1] }] }, 3],
    [
      'ModelInfer',
      {
        model_name: 'houses',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1] }],
        raw_input_contents: [Buffer.alloc(3)],
      },
      3,
    ],
    ['ModelReady', { name: 'houses', version: '9' }, 5],
  ])('refuses %s %j', async (method, message, code) => {
    expect(await ask(server, method, message)).toEqual({ code, details: expect.stringMatching(/\w/) })
  })
})

it('asks for a key where there are keys', async () => {
  const { key, entry } = apiKey('predict')
  const parts = protocolParts()
  const server = await serverWith({ ...parts, access: new Keys([entry]) })
  expect(await ask(server, 'ServerLive')).toEqual({ live: true })
  expect(await ask(server, 'ModelReady', { name: 'houses' })).toMatchObject({ code: 16 })
  expect(await ask(server, 'ModelReady', { name: 'houses' }, 'wrong')).toMatchObject({ code: 16 })
  expect(await ask(server, 'ModelReady', { name: 'houses' }, key)).toEqual({ ready: true })
  await server.close(1_000)
})

it.each<[string, Parameters<typeof apiKey>[1], string, object, number | undefined]>([
  ['for some models', { models: ['hou*'] }, 'ModelReady', { name: 'houses' }, undefined],
  ['for other models', { models: ['other*'] }, 'ModelReady', { name: 'houses' }, 7],
  ['for other models', { models: ['other*'] }, 'ModelInfer', { model_name: 'houses' }, 7],
  ['for some models', { models: ['hou*'] }, 'RepositoryIndex', {}, 7],
  ['with a limit of rows', { rowsPerDay: 5 }, 'ModelReady', { name: 'houses' }, 7],
  ['with a limit of requests', { requestsPerMinute: 5 }, 'ModelReady', { name: 'houses' }, 7],
  ['that has ended', { expiresAt: 1 }, 'ModelReady', { name: 'houses' }, 16],
])('takes a key %s as its options say: %o %s', async (_, more, method, message, code) => {
  const { key, entry } = apiKey('predict', more)
  const server = await serverWith({ ...protocolParts(), access: new Keys([entry]) })
  const answer = await ask(server, method, message, key)
  if (code === undefined) expect(answer).toEqual({ ready: true })
  else expect(answer).toMatchObject({ code })
  await server.close(1_000)
})

it('says which port it cannot use', async () => {
  const server = await serverWith(protocolParts())
  const dependencies = stubs(protocolParts())
  const service = new OpenInference(dependencies as unknown as RouteDependencies)
  const { access, bodyLimit, requestTimeoutMs, log } = { ...dependencies.config, ...dependencies }
  const own = { service, access, tls: undefined, bodyLimit, requestTimeoutMs, log }
  const second = startGrpc('127.0.0.1', server.port, own)
  await expect(second).rejects.toThrow(`GRPC_PORT ${server.port} on HOST 127.0.0.1 cannot be used`)
  await server.close(1_000)
})
