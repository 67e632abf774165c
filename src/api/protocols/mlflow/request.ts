import { z } from 'zod'
import type { ServedSignature } from '../../../serving/contract.ts'
import { setOwn } from '../../../set-own.ts'
import { checkRowCount } from '../../requests/row-count.ts'
import { columnNamed, rowOfCells } from '../rows.ts'
import { refusal } from '../scope.ts'
import { type ReadRows, readPredict } from '../tensorflow-serving/request.ts'

/** The forms of rows, of which a body has exactly one. */
const FORMS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const

const Split = z.looseObject({
  columns: z.array(z.string()).min(1),
  data: z.array(z.array(z.unknown())),
})
const Records = z.array(z.record(z.string(), z.unknown()))
const Body = z.looseObject({
  params: z.looseObject({ probabilities: z.boolean().optional() }).optional(),
  dataframe_split: z.unknown().optional(),
  dataframe_records: z.unknown().optional(),
  instances: z.unknown().optional(),
  inputs: z.unknown().optional(),
})

/** Rows of a request, and whether a classifier answers probabilities instead of labels. */
export interface Invocation extends Omit<ReadRows, 'form'> {
  probabilities: boolean
}

/**
 * Reads a JSON body.
 * @param maxRows limit on the rows, which is checked before any is made
 * @throws FitserveError `invalid-request`, `invalid-rows`
 */
export function readInvocation(body: unknown, signature: ServedSignature, maxRows: number): Invocation {
  const read = Body.safeParse(body)
  if (!read.success) throw refusal(`Expected an object with one of ${FORMS.join(', ')}.`)
  const there = FORMS.filter((form) => read.data[form] !== undefined)
  const [form] = there
  if (form === undefined || there.length > 1)
    throw refusal(
      `Send exactly one of ${FORMS.join(', ')}. Found: ${there.length === 0 ? 'none' : there.join(' and ')}.`,
    )
  const probabilities = read.data.params?.probabilities ?? false
  const path = `/${form}`
  const value = read.data[form]
  if (form === 'dataframe_split') return { rows: splitRows(value, signature, maxRows), path, probabilities }
  if (form === 'dataframe_records')
    return { rows: recordRows(value, signature, maxRows), path, probabilities }
  return { ...readPredict({ [form]: value }, signature, maxRows), probabilities }
}

function splitRows(value: unknown, signature: ServedSignature, maxRows: number): unknown[] {
  const read = Split.safeParse(value)
  if (!read.success)
    throw refusal('Expected {"columns": […], "data": [[…], …]}, as pandas writes it.', '/dataframe_split')
  const { columns, data } = read.data
  checkRowCount(data, { most: maxRows, path: '/dataframe_split/data' })
  const names = columns.map((name) => columnNamed(signature, name))
  return data.map((cells, at) => {
    if (cells.length !== names.length)
      throw refusal(
        `The row has ${cells.length} cells, and there are ${names.length} columns.`,
        `/dataframe_split/data/${at}`,
      )
    return rowOfCells(names, cells)
  })
}

function recordRows(value: unknown, signature: ServedSignature, maxRows: number): unknown[] {
  const read = Records.safeParse(value)
  if (!read.success) throw refusal('Expected a list of objects by column.', '/dataframe_records')
  checkRowCount(read.data, { most: maxRows, path: '/dataframe_records' })
  return read.data.map((record) => {
    const row: Record<string, unknown> = {}
    for (const [name, cell] of Object.entries(record)) setOwn(row, columnNamed(signature, name), cell)
    return row
  })
}
