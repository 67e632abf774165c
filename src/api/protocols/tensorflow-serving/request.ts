import { z } from 'zod'
import { listEach, quoted } from '../../../errors.ts'
import type { ServedSignature } from '../../../serving/contract.ts'
import { setOwn } from '../../../set-own.ts'
import { checkRowCount } from '../../requests/row-count.ts'
import { columnNamed, isRecord, rowOfList, rowsOfColumns, takesPlainRows, unwrapped } from '../rows.ts'
import { refusal } from '../scope.ts'

/** The name under which every version offers its one signature. */
export const SIGNATURE = 'serving_default'

const PredictBody = z.looseObject({
  signature_name: z.string().optional(),
  instances: z.unknown().optional(),
  inputs: z.unknown().optional(),
})
const ExamplesBody = z.looseObject({
  signature_name: z.string().optional(),
  context: z.record(z.string(), z.unknown()).optional(),
  examples: z.array(z.record(z.string(), z.unknown())).min(1),
})

/** Rows of a request, and the form in which they came, which is also that of the answer. */
export interface ReadRows {
  form: 'row' | 'column'
  rows: unknown[]
  /** JSON pointer to the rows. */
  path: string
}

/**
 * Reads the body of `:predict`.
 * @param maxRows limit on the rows, which is checked before any is made
 * @throws FitserveError `invalid-request`, `invalid-rows`
 */
export function readPredict(body: unknown, signature: ServedSignature, maxRows: number): ReadRows {
  const read = PredictBody.safeParse(withoutBody(body))
  if (!read.success) throw refusal('JSON Parse error: expected an object.')
  const { instances, inputs } = read.data
  checkSignature(read.data.signature_name)
  if ((instances === undefined) === (inputs === undefined))
    throw refusal(
      instances === undefined
        ? "Missing 'inputs' or 'instances' key."
        : "Send either 'inputs' or 'instances', not both.",
    )
  if (instances !== undefined)
    return { form: 'row', rows: rowsOf(instances, signature, maxRows), path: '/instances' }
  return { form: 'column', rows: columnsOf(inputs, signature, maxRows), path: '/inputs' }
}

/** Reads the body of `:classify` and `:regress`, as `readPredict`. @throws FitserveError `invalid-request`, `invalid-rows` */
export function readExamples(body: unknown, signature: ServedSignature, maxRows: number): ReadRows {
  const read = ExamplesBody.safeParse(withoutBody(body))
  if (!read.success)
    throw refusal("Expected 'examples', a list of objects by feature, and optionally 'context', an object.")
  const { context = {}, examples } = read.data
  checkSignature(read.data.signature_name)
  checkRowCount(examples, { most: maxRows, path: '/examples' })
  const rows = examples.map((example, at) => {
    const twice = Object.keys(example).find((name) => Object.hasOwn(context, name))
    if (twice !== undefined)
      throw refusal(`The feature ${quoted(twice)} is in both 'context' and 'examples'.`, `/examples/${at}`)
    return rowOfObject({ ...context, ...example }, signature)
  })
  return { form: 'row', rows, path: '/examples' }
}

function withoutBody(body: unknown): unknown {
  if (body === undefined) throw refusal('JSON Parse error: The document is empty.')
  return body
}

function checkSignature(name: string | undefined): void {
  if (name === undefined || name === '' || name === SIGNATURE) return
  throw refusal(`Serving signature name: "${name}" not found in signature def.`, '/signature_name')
}

function rowsOf(instances: unknown, signature: ServedSignature, maxRows: number): unknown[] {
  if (!Array.isArray(instances) || instances.length === 0)
    throw refusal("Expected 'instances' to be a list with at least one element.", '/instances')
  checkRowCount(instances, { most: maxRows, path: '/instances' })
  return instances.map((element, at) => {
    const row = rowOfElement(element, signature)
    if (row !== undefined) return row
    const reason = `Error: ${expected(signature)}`
    throw refusal(`Failed to process element: ${at} of 'instances' list. ${reason}`, `/instances/${at}`)
  })
}

function rowOfElement(element: unknown, signature: ServedSignature): unknown {
  const { inputs } = signature
  if (isRecord(element) && !isBytes(element)) return rowOfObject(element, signature)
  const [only] = inputs
  if (only && inputs.length === 1) {
    const value = unwrapped(element)
    return Array.isArray(value) ? undefined : rowOfObject({ [only.name]: value }, signature)
  }
  const isPlain = Array.isArray(element) && element.length === inputs.length && takesPlainRows(signature)
  return isPlain ? rowOfList(signature, element.map(unwrapped)) : undefined
}

function rowOfObject(
  values: Readonly<Record<string, unknown>>,
  signature: ServedSignature,
): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) setOwn(row, columnNamed(signature, name), scalar(value))
  return row
}

function columnsOf(inputs: unknown, signature: ServedSignature, maxRows: number): unknown[] {
  const [only] = signature.inputs
  if (!isRecord(inputs)) {
    if (Array.isArray(inputs) && takesPlainRows(signature) && inputs.every(Array.isArray))
      return plainRowsOf(inputs, signature, maxRows)
    if (!only || signature.inputs.length > 1) throw refusal(expected(signature), '/inputs')
    return columnsOf({ [only.name]: inputs }, signature, maxRows)
  }
  const columns = new Map(
    signature.inputs.map(({ name }) => [name, columnOf(inputs, name, signature)] as const),
  )
  const [first = []] = columns.values()
  checkRowCount(first, { most: maxRows, path: '/inputs' })
  for (const [name, values] of columns)
    if (values.length !== first.length)
      throw refusal(
        `All inputs must have the same number of rows, and ${quoted(name)} has ${values.length} instead of ${first.length}.`,
        '/inputs',
      )
  return rowsOfColumns(columns, first.length)
}

/** Returns the rows of `inputs` that come without names. */
function plainRowsOf(inputs: readonly unknown[], signature: ServedSignature, maxRows: number): unknown[] {
  checkRowCount(inputs, { most: maxRows, path: '/inputs' })
  return inputs.map((element, at) => {
    const row = rowOfElement(element, signature)
    if (row !== undefined) return row
    throw refusal(`Failed to process element: ${at} of 'inputs'. Error: ${expected(signature)}`, '/inputs')
  })
}

function columnOf(
  inputs: Readonly<Record<string, unknown>>,
  name: string,
  signature: ServedSignature,
): unknown[] {
  const key = Object.keys(inputs).find((sent) => columnNamed(signature, sent) === name)
  if (key === undefined) throw refusal(`Missing the input ${quoted(name)}. ${expected(signature)}`, '/inputs')
  const value = inputs[key]
  return Array.isArray(value) ? value.map(scalar) : [scalar(value)]
}

/** Returns a value without lists of one element around it; bytes in Base64 become a text. */
function scalar(value: unknown): unknown {
  const inner = unwrapped(value)
  return isBytes(inner) ? Buffer.from(inner.b64, 'base64').toString('utf8') : inner
}

function isBytes(value: unknown): value is { b64: string } {
  return isRecord(value) && Object.keys(value).length === 1 && 'b64' in value && typeof value.b64 === 'string'
}

/** Inputs that a message lists. */
const LISTED = 20

function expected(signature: ServedSignature): string {
  const { inputs } = signature
  const names = listEach(inputs, LISTED, ({ name, type }) => `${quoted(name)} (${type})`)
  const plain = takesPlainRows(signature) ? `, or a list of ${inputs.length} numbers in this order` : ''
  return inputs.length === 1
    ? `Expected a value of ${names}.`
    : `Expected an object with the inputs ${names}${plain}.`
}
