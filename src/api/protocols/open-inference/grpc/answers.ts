import type { ServedSignature } from '../../../../serving/contract.ts'
import type { OutputTensor } from '../answers.ts'
import { bytesOf } from '../datatypes.ts'

/** Returns `ModelInferResponse`; the numbers come as bytes where the request's did. */
export function inferResponse(
  { model, version }: ServedSignature,
  id: string,
  tensors: readonly OutputTensor[],
): object {
  const isRaw = tensors.some(({ isBinary }) => isBinary)
  return {
    model_name: model,
    model_version: String(version),
    id,
    outputs: tensors.map(({ name, shape, datatype, values }) => ({
      name,
      shape,
      datatype,
      ...(isRaw ? {} : { contents: contentsOf(datatype, values) }),
    })),
    raw_output_contents: isRaw ? tensors.map(({ datatype, values }) => bytesOf(datatype, values)) : [],
  }
}

function contentsOf(datatype: OutputTensor['datatype'], values: OutputTensor['values']): object {
  if (datatype === 'FP64') return { fp64_contents: values }
  if (datatype === 'BOOL') return { bool_contents: values }
  return { bytes_contents: values.map((value) => Buffer.from(String(value))) }
}
