import { listKnown, quoted } from '../../../errors.ts'
import type { Prediction } from '../../../models/predictor.ts'
import type { ColumnType } from '../../../recipe/table.ts'
import type { ServedSignature } from '../../../serving/contract.ts'
import { type Output, outputsOf } from '../outputs.ts'
import { refusal } from '../scope.ts'
import { bytesOf, type Datatype } from './datatypes.ts'
import type { InferRequest, RequestedOutput } from './tensors.ts'

/** Platform that an answer names for every model. */
const PLATFORM = 'fitserve_json'

/** An output of an answer, with its values row by row. */
export interface OutputTensor {
  name: string
  shape: [rows: number, width: number]
  datatype: Output['datatype']
  values: (string | number | boolean)[]
  isBinary: boolean
}

/** Returns the outputs that a request asks for. @throws FitserveError `invalid-request` for one that does not exist */
export function chosenOutputs(
  signature: ServedSignature,
  { outputs, isBinary }: Pick<InferRequest, 'outputs' | 'isBinary'>,
): { output: Output; requested: RequestedOutput }[] {
  const all = outputsOf(signature)
  if (!outputs || outputs.length === 0)
    return all.map((output) => ({ output, requested: { name: output.name, isBinary } }))
  return outputs.map((requested, at) => {
    const output = all.find(({ name }) => name === requested.name)
    const path = `/outputs/${at}`
    if (!output)
      throw refusal(
        `There is no output ${quoted(requested.name)}. ${listKnown(all.map(({ name }) => name))}`,
        path,
      )
    if (requested.classification !== undefined && output.labels.length === 0)
      throw refusal(`The output ${quoted(requested.name)} has no classes.`, path)
    return { output, requested: { ...requested, isBinary: requested.isBinary || isBinary } }
  })
}

/** Returns an output with the values of all rows. */
export function outputTensor(
  { output, requested }: ReturnType<typeof chosenOutputs>[number],
  predictions: readonly Prediction[],
): OutputTensor {
  const { name, isBinary, classification } = requested
  const rows = predictions.map((prediction) => output.valuesOf(prediction))
  if (classification === undefined)
    return {
      name,
      shape: [rows.length, output.width],
      datatype: output.datatype,
      values: rows.flat(),
      isBinary,
    }
  const width = Math.min(classification, output.width)
  const values = rows.flatMap((row) => likeliest(row, output.labels, width))
  return { name, shape: [rows.length, width], datatype: 'BYTES', values, isBinary }
}

/** Returns the largest values of a row as texts `value:index:label`. */
function likeliest(
  row: readonly (string | number | boolean)[],
  labels: readonly string[],
  most: number,
): string[] {
  return row
    .map((value, index) => ({ value: Number(value), index }))
    .sort((a, b) => b.value - a.value)
    .slice(0, most)
    .map(({ value, index }) => `${value}:${index}:${labels[index] ?? ''}`)
}

/**
 * Returns the answer to a request as JSON, and the bytes that follow it where outputs were asked for as bytes.
 * @param raw empty where no output is binary
 */
export function inferAnswer(
  { model, version }: ServedSignature,
  id: string,
  tensors: readonly OutputTensor[],
): { json: string; raw: Buffer } {
  const parts: Buffer[] = []
  const outputs = tensors.map(({ name, shape, datatype, values, isBinary }) => {
    if (!isBinary) return { name, shape, datatype, data: values }
    const bytes = bytesOf(datatype, values)
    parts.push(bytes)
    return { name, shape, datatype, parameters: { binary_data_size: bytes.length } }
  })
  const json = JSON.stringify({ model_name: model, model_version: String(version), id, outputs })
  return { json, raw: Buffer.concat(parts) }
}

/** The types in which a client sends a column. */
const DATATYPE_OF: Readonly<Record<ColumnType, Datatype>> = {
  number: 'FP64',
  boolean: 'BOOL',
  category: 'BYTES',
  text: 'BYTES',
  date: 'BYTES',
  datetime: 'BYTES',
  list: 'BYTES',
}

/** A tensor as a model's metadata describe it. */
export interface TensorMetadata {
  name: string
  datatype: string
  shape: number[]
}

/** Returns the metadata of a version. @param versions all versions of the model */
export function modelMetadata(signature: ServedSignature, versions: readonly number[]) {
  return {
    name: signature.model,
    versions: versions.map(String),
    platform: PLATFORM,
    inputs: signature.inputs.map(
      ({ name, type }): TensorMetadata => ({ name, datatype: DATATYPE_OF[type], shape: [-1, 1] }),
    ),
    outputs: outputsOf(signature).map(
      ({ name, datatype, width }): TensorMetadata => ({ name, datatype, shape: [-1, width] }),
    ),
  }
}
