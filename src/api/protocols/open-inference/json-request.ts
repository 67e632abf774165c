import { z } from 'zod'
import { problemsOf } from '../../../recipe/index.ts'
import { sentence } from '../../problem-table.ts'
import { refusal } from '../scope.ts'
import { DATATYPES, elementsOf, MAX_ELEMENTS } from './datatypes.ts'
import type { InferRequest, RequestedOutput, Tensor } from './tensors.ts'

/** Limits on the inputs and outputs of a request: as many as a table may have columns. */
const MOST_TENSORS = 4_000
/** Limit on the dimensions of a shape. */
const MOST_DIMENSIONS = 8

const Parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional()
const InputTensor = z.looseObject({
  name: z.string(),
  shape: z.array(z.int().nonnegative()).min(1).max(MOST_DIMENSIONS),
  datatype: z.enum(DATATYPES),
  parameters: Parameters,
  data: z.array(z.unknown()).optional(),
})
const OutputRequest = z.looseObject({ name: z.string(), parameters: Parameters })
const Body = z.looseObject({
  id: z.string().max(1_000).optional(),
  parameters: Parameters,
  inputs: z.array(InputTensor).min(1).max(MOST_TENSORS),
  outputs: z.array(OutputRequest).max(MOST_TENSORS).optional(),
})
type InputTensor = z.output<typeof InputTensor>

/**
 * Reads a request from JSON.
 * @param raw the bytes behind the JSON, from which the inputs with `binary_data_size` are taken in their order
 * @throws FitserveError `invalid-request`
 */
export function readInferRequest(body: unknown, raw: Buffer = Buffer.alloc(0)): InferRequest {
  const read = Body.safeParse(body)
  if (!read.success) throw invalid(read.error, body)
  const { id, parameters, inputs, outputs } = read.data
  let at = 0
  let left = MAX_ELEMENTS
  const tensors = inputs.map((input, index): Tensor => {
    const bytes = input.parameters?.['binary_data_size']
    if (bytes === undefined) return withElements(input, nestedElements(input, index))
    if (typeof bytes !== 'number' || !Number.isInteger(bytes) || bytes < 0 || at + bytes > raw.length)
      throw refusal(
        'binary_data_size exceeds the bytes behind the JSON.',
        `/inputs/${index}/parameters/binary_data_size`,
      )
    const elements = elementsOf(input.datatype, raw.subarray(at, at + bytes), left)
    at += bytes
    left -= elements?.length ?? 0
    if (elements) return withElements(input, elements)
    throw refusal(`The bytes are not whole elements of ${input.datatype}.`, `/inputs/${index}`)
  })
  if (at < raw.length) throw refusal(`${raw.length - at} bytes behind the JSON belong to no input.`)
  return {
    id,
    inputs: tensors,
    outputs: outputs?.map(requestedOutput),
    isBinary: parameters?.['binary_data_output'] === true,
  }
}

function invalid(error: z.ZodError, body: unknown): Error {
  const [problem] = problemsOf(error, Body, body)
  if (!problem?.path) return refusal('Expected an object with inputs.')
  return refusal(sentence(`${problem.path}: ${problem.message}`), problem.path)
}

function withElements({ name, datatype, shape, parameters }: InputTensor, elements: unknown[]): Tensor {
  return { name, datatype, shape, elements, isBase64: parameters?.['content_type'] === 'base64' }
}

/** Returns the elements of `data`, which is flat or nested as deep as the shape. */
function nestedElements({ data, shape }: InputTensor, index: number): unknown[] {
  if (data) return data.flat(shape.length - 1)
  throw refusal('Expected data, a list of values.', `/inputs/${index}/data`)
}

function requestedOutput({ name, parameters = {} }: z.output<typeof OutputRequest>): RequestedOutput {
  const { classification, binary_data: binary } = parameters
  const output: RequestedOutput = { name, isBinary: binary === true }
  if (classification === undefined) return output
  if (typeof classification === 'number' && Number.isInteger(classification) && classification > 0)
    return { ...output, classification }
  throw refusal('classification must be a whole number above 0.', `/outputs/${name}`)
}
