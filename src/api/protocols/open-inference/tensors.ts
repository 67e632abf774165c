import { quoted } from '../../../errors.ts'
import { counted } from '../../../numbers.ts'
import type { ServedSignature } from '../../../serving/contract.ts'
import { checkRowCount } from '../../requests/row-count.ts'
import { columnNamed, rowOfList, rowsOfColumns, takesPlainRows } from '../rows.ts'
import { refusal } from '../scope.ts'
import type { Datatype } from './datatypes.ts'

/** An input of a request. */
export interface Tensor {
  name: string
  datatype: Datatype
  /** Number of rows, and optionally the values of each. */
  shape: readonly number[]
  /** Its elements, row by row. */
  elements: readonly unknown[]
  /** True where texts are Base64 of their UTF-8. */
  isBase64: boolean
}

/** An output that a request names. */
export interface RequestedOutput {
  name: string
  /** Number of most likely classes to answer as texts `probability:index:label`. Absent: the numbers. */
  classification?: number | undefined
  /** True where its data come as bytes behind the JSON. */
  isBinary: boolean
}

/** A request to infer, in whichever way it came. */
export interface InferRequest {
  /** Name that the client gave the request; the answer repeats it. */
  id?: string | undefined
  inputs: readonly Tensor[]
  /** Absent: all outputs. */
  outputs?: readonly RequestedOutput[] | undefined
  /** True where outputs that the request does not name come as bytes. */
  isBinary: boolean
}

/**
 * Returns the rows that tensors hold: one tensor for each column, or one of all columns.
 * @param maxRows limit on the rows, which is checked before any is made
 * @throws FitserveError `invalid-request`, `invalid-rows`
 */
export function rowsOfTensors(
  tensors: readonly Tensor[],
  signature: ServedSignature,
  maxRows: number,
): unknown[] {
  for (const [at, tensor] of tensors.entries()) checkShape(tensor, `/inputs/${at}`)
  const [first] = tensors
  const rows = first?.shape[0] ?? 0
  checkRowCount({ length: rows }, { most: maxRows, path: '/inputs' })
  if (first && tensors.length === 1 && isMatrix(first, signature)) return rowsOfMatrix(first, signature)
  const columns = new Map<string, readonly unknown[]>()
  for (const [at, tensor] of tensors.entries()) {
    const path = `/inputs/${at}`
    const name = columnNamed(signature, tensor.name)
    if (columns.has(name)) throw refusal(`The input ${quoted(name)} is there twice.`, path)
    if (tensor.shape[0] !== rows || tensor.elements.length !== rows)
      throw refusal(
        `The input ${quoted(tensor.name)} has the shape [${tensor.shape.join(', ')}]; expected [${rows}, 1], one value for each of ${counted(rows, 'row')}.`,
        `${path}/shape`,
      )
    columns.set(name, valuesOf(tensor, path))
  }
  return rowsOfColumns(columns, rows)
}

/** Returns whether a tensor holds rows of numbers without names, in the order of the inputs. */
function isMatrix({ name, datatype, shape }: Tensor, signature: ServedSignature): boolean {
  const isColumn = signature.inputs.some((input) => input.name === name)
  return (
    !isColumn && datatype !== 'BYTES' && shape[1] === signature.inputs.length && takesPlainRows(signature)
  )
}

function rowsOfMatrix(tensor: Tensor, signature: ServedSignature): unknown[] {
  const [rows = 0, width = 0] = tensor.shape
  const values = valuesOf(tensor, '/inputs/0')
  return Array.from({ length: rows }, (_, at) =>
    rowOfList(signature, values.slice(at * width, (at + 1) * width)),
  )
}

function checkShape({ name, shape, elements }: Tensor, path: string): void {
  const size = shape.reduce((product, length) => product * length, 1)
  if (shape.length === 1 || shape.length === 2) {
    if (size === elements.length) return
    throw refusal(
      `The input ${quoted(name)} has ${counted(elements.length, 'value')}, but its shape [${shape.join(', ')}] is of ${size}.`,
      `${path}/data`,
    )
  }
  throw refusal(
    `The input ${quoted(name)} has ${shape.length} dimensions; expected 1 or 2, such as [3, 1] for 3 rows.`,
    `${path}/shape`,
  )
}

function valuesOf({ datatype, elements, isBase64 }: Tensor, path: string): unknown[] {
  return elements.map((element, at) => {
    const value = cellOf(datatype, element, isBase64)
    if (value !== undefined) return value
    throw refusal(`Expected ${EXPECTED[kindOf(datatype)]}.`, `${path}/data/${at}`)
  })
}

const EXPECTED = {
  text: 'a string, or null where the value is missing',
  boolean: 'true or false, or null where the value is missing',
  number: 'a number, or null where the value is missing',
}

function kindOf(datatype: Datatype): keyof typeof EXPECTED {
  if (datatype === 'BYTES') return 'text'
  return datatype === 'BOOL' ? 'boolean' : 'number'
}

/** Returns the value of a row's column; null: missing; undefined: not of the type. */
function cellOf(datatype: Datatype, element: unknown, isBase64: boolean): unknown {
  if (element === null) return null
  if (Buffer.isBuffer(element)) return textOf(isBase64 ? fromBase64(element.toString('latin1')) : element)
  switch (kindOf(datatype)) {
    case 'text':
      if (typeof element !== 'string') return undefined
      return isBase64 ? textOf(fromBase64(element)) : element
    case 'boolean':
      return typeof element === 'boolean' ? element : undefined
    case 'number':
      if (typeof element === 'boolean') return Number(element)
      if (typeof element !== 'number') return undefined
      // Not a number is how arrays of numbers mark what is missing.
      return Number.isNaN(element) ? null : element
  }
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64')
}

/** Returns a text; bytes that are no UTF-8 become the sign of replacement, as in TensorFlow's own texts. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8')
}
