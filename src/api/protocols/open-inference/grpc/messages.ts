import { z } from 'zod'
import { refusal } from '../../scope.ts'
import { DATATYPES, elementsOf, MAX_ELEMENTS, tooManyElements } from '../datatypes.ts'
import type { InferRequest, RequestedOutput, Tensor } from '../tensors.ts'

/** One of the kinds of a parameter; the field `parameter_choice` names the one that was sent. */
const Parameter = z.looseObject({
  parameter_choice: z.string().optional(),
  bool_param: z.boolean().optional(),
  int64_param: z.number().optional(),
  uint64_param: z.number().optional(),
  double_param: z.number().optional(),
  string_param: z.string().optional(),
})
type Parameter = z.output<typeof Parameter>
const Parameters = z.record(z.string(), Parameter).optional()

/** The elements of a tensor. The message's definition says their type, and there may be millions of them. */
const Elements = z.custom<readonly unknown[]>(Array.isArray).optional()

const Contents = z.looseObject({
  bool_contents: Elements,
  int_contents: Elements,
  int64_contents: Elements,
  uint_contents: Elements,
  uint64_contents: Elements,
  fp32_contents: Elements,
  fp64_contents: Elements,
  bytes_contents: Elements,
})
type Contents = z.output<typeof Contents>

const InputTensor = z.looseObject({
  name: z.string(),
  datatype: z.enum(DATATYPES, { error: `Expected one of the datatypes ${DATATYPES.join(', ')}` }),
  shape: z.array(z.int().nonnegative()),
  parameters: Parameters,
  contents: Contents.nullish(),
})
const RequestedTensor = z.looseObject({ name: z.string(), parameters: Parameters })

/** `ModelInferRequest` as it is decoded. */
export const InferMessage = z.looseObject({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string(),
  inputs: z.array(InputTensor).min(1),
  outputs: z.array(RequestedTensor),
  raw_input_contents: z.array(z.instanceof(Buffer)),
})
export type InferMessage = z.output<typeof InferMessage>

/** A message that names a model, and optionally a version. */
export const ModelMessage = z.looseObject({ name: z.string(), version: z.string() })
/** `RepositoryIndexRequest`. */
export const IndexMessage = z.looseObject({ ready: z.boolean() })
/** `RepositoryModelLoadRequest`. */
export const LoadMessage = z.looseObject({ model_name: z.string() })

/** Returns the request that a message is. @throws FitserveError `invalid-request` */
export function requestOf({ id, inputs, outputs, raw_input_contents: raw }: InferMessage): InferRequest {
  if (raw.length > 0 && raw.length !== inputs.length)
    throw refusal(`Expected raw_input_contents of ${inputs.length} inputs, got ${raw.length}.`)
  let left = MAX_ELEMENTS
  const tensors = inputs.map((input, at) => {
    const tensor = tensorOf(input, raw[at], at, left)
    left -= tensor.elements.length
    if (left < 0) throw tooManyElements()
    return tensor
  })
  return {
    id: id === '' ? undefined : id,
    inputs: tensors,
    outputs: outputs.map(outputOf),
    isBinary: raw.length > 0,
  }
}

/** @param most elements that the request may still have */
function tensorOf(
  input: InferMessage['inputs'][number],
  raw: Buffer | undefined,
  at: number,
  most: number,
): Tensor {
  const { name, datatype, shape, parameters = {}, contents } = input
  const elements = raw ? elementsOf(datatype, raw, most) : contentsOf(contents ?? {}, datatype)
  const isBase64 = valueOfParameter(parameters['content_type']) === 'base64'
  if (elements) return { name, datatype, shape, elements, isBase64 }
  throw refusal(`The bytes are not whole elements of ${datatype}.`, `/inputs/${at}`)
}

function contentsOf(contents: Contents, datatype: Tensor['datatype']): readonly unknown[] {
  switch (datatype) {
    case 'BYTES':
      return contents.bytes_contents ?? []
    case 'BOOL':
      return contents.bool_contents ?? []
    case 'FP32':
      return contents.fp32_contents ?? []
    case 'FP64':
      return contents.fp64_contents ?? []
    case 'FP16':
      throw refusal('Send FP16 in raw_input_contents: the protocol has no other place for it.')
    case 'INT64':
      return contents.int64_contents ?? []
    case 'UINT64':
      return contents.uint64_contents ?? []
    case 'UINT8':
    case 'UINT16':
    case 'UINT32':
      return contents.uint_contents ?? []
    case 'INT8':
    case 'INT16':
    case 'INT32':
      return contents.int_contents ?? []
  }
}

function outputOf({ name, parameters = {} }: InferMessage['outputs'][number]): RequestedOutput {
  const classification = valueOfParameter(parameters['classification'])
  if (typeof classification !== 'number') return { name, isBinary: false }
  if (Number.isInteger(classification) && classification > 0) return { name, classification, isBinary: false }
  throw refusal('classification must be a whole number above 0.')
}

function valueOfParameter(parameter: Parameter | undefined): unknown {
  switch (parameter?.parameter_choice) {
    case 'bool_param':
      return parameter.bool_param
    case 'int64_param':
      return parameter.int64_param
    case 'uint64_param':
      return parameter.uint64_param
    case 'double_param':
      return parameter.double_param
    case 'string_param':
      return parameter.string_param
    default:
      return undefined
  }
}
