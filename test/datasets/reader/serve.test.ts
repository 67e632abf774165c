import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import * as overlap from '../../../src/datasets/reader/overlap.ts'
import * as reading from '../../../src/datasets/reader/read-file.ts'
import { answerTask } from '../../../src/datasets/reader/serve.ts'
import { FitserveError } from '../../../src/errors.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { csvTask } from './csv-task.ts'

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder('serve')
})
afterEach(() => vi.restoreAllMocks())

async function taskOf(content: string): Promise<object> {
  const file = join(folder, 'table.csv')
  await writeFile(file, content)
  return csvTask(file, folder, { maxBytes: 1e6 })
}

describe('a reader', () => {
  it('reads a file, its pages and its distributions', async () => {
    const read = await answerTask(await taskOf('a,b,t\n1,x,one\n2,y,two\n3,x,three\n4,x,four\n5,y,five\n'))
    expect(read).toMatchObject({
      kind: 'done',
      result: {
        rows: 5,
        rejected: 0,
        columns: [
          { name: 'a', type: 'number', missing: 0, min: 1, max: 5, mean: 3, distinct: 5, integer: true },
          { name: 'b', type: 'category', missing: 0, classes: { x: 3, y: 2 } },
          { name: 't', type: 'text', missing: 0, meanLength: 4 },
        ],
      },
    })
    const file = join(folder, 'data.parquet')
    const columns = [
      { name: 'a', type: 'number' },
      { name: 'b', type: 'category' },
    ]
    expect(await answerTask({ kind: 'page', file, columns, offset: 3, limit: 5 })).toEqual({
      kind: 'done',
      result: {
        rows: [
          [4, 'x'],
          [5, 'y'],
        ],
        cut: [],
      },
    })
    const places = columns.map((column, place) => ({ ...column, place }))
    expect(await answerTask({ kind: 'distributions', file, rows: 5, columns: places })).toMatchObject({
      kind: 'done',
      result: { sampled: 5, items: [{ column: 'a' }, { column: 'b' }] },
    })
    const packed = join(folder, 'packed')
    await writeFile(packed, 'no archive')
    const unpack = { kind: 'unpack', file: packed, folder, packing: 'zip', entry: null, maxBytes: 10 }
    expect(await answerTask(unpack)).toMatchObject({ kind: 'refused', code: 'invalid-dataset' })
  })

  it('refuses a file with its problems', async () => {
    expect(await answerTask(await taskOf('a,b\n1,2\n1\n1,2,3\n'))).toEqual({
      kind: 'refused',
      code: 'invalid-dataset',
      message: '2 lines cannot be read. Correct them, or leave them out with onError=skip',
      problems: [
        { line: 3, message: 'The line has 1 field, the header 2 fields' },
        { line: 4, message: 'The line has 3 fields, the header 2 fields' },
      ],
    })
  })

  it('fails at a task that is none, with the reason for the log', async () => {
    for (const message of [
      { kind: 'guess' },
      null,
      { kind: 'page', file: 'x', columns: [], offset: -1, limit: 1 },
    ])
      expect(await answerTask(message)).toEqual({
        kind: 'failed',
        message: expect.stringContaining('ZodError'),
      })
  })

  const failing = async (error: unknown) => {
    vi.spyOn(reading, 'readFile').mockRejectedValue(error)
    return answerTask(await taskOf('a\n1\n'))
  }

  it.each([
    [new Error('Out of Memory Error: could not allocate'), 'invalid-dataset', /more memory or scratch space/],
    [
      new Error('write failed: No space left on device'),
      'store-unavailable',
      /no space left to read the upload/,
    ],
    [new Error('ENOSPC: cannot write'), 'store-unavailable', /no space left to read the upload/],
    [new FitserveError('payload-too-large', 'too large'), 'payload-too-large', /^too large$/],
  ])('refuses with %s', async (error, code, message) => {
    expect(await failing(error)).toEqual({
      kind: 'refused',
      code,
      message: expect.stringMatching(message),
      problems: [],
    })
  })

  it('refuses a look at a kept table for which it has too little memory, without a word of a file', async () => {
    vi.spyOn(overlap, 'readOverlap').mockRejectedValue(new Error('Out of Memory Error: could not allocate'))
    const task = { kind: 'overlap', file: 'a', other: 'b', columns: [] }
    expect(await answerTask(task)).toEqual({
      kind: 'refused',
      code: 'overloaded',
      message: 'The rows could not be read: they need more memory than the reader has',
      problems: [],
    })
  })

  it.each([
    new Error('An error that is not out of memory error'),
    new FitserveError('unknown-dataset', 'no data set'),
    'a text',
  ])('fails with %s', async (error) => {
    const text = error instanceof Error ? error.message : error
    expect(await failing(error)).toEqual({ kind: 'failed', message: expect.stringContaining(text) })
  })
})
