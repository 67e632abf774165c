import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFile } from '../../../src/datasets/reader/read-file.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { csvTask } from './csv-task.ts'

const outer = await temporaryFolder()

/** Returns how many rows of a table repeat an earlier one, and the lines that are told. */
async function repeated(
  rows: readonly (readonly unknown[])[],
): Promise<[number, readonly number[] | undefined]> {
  const folder = await mkdtemp(join(outer, 'read-'))
  try {
    const file = join(folder, 'upload')
    const names = rows[0]?.map((_, index) => `n${index}`)
    await writeFile(file, `${[names, ...rows].map((row) => row?.join(',')).join('\n')}\n`)
    const { duplicates, warnings } = await readFile(csvTask(file, folder))
    return [duplicates, warnings.find(({ code }) => code === 'duplicate-rows')?.lines]
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Rows of numbers, none of which most rows have for themselves. */
const rows = Array.from({ length: 1_000 }, (_, row) => [
  ...[17, 31, 53, 71, 97].map((step) => (row * step) % (250 + step)),
  row % 2,
])

describe('rows that repeat', () => {
  it('are none where several numbers together tell the rows apart', async () => {
    expect(await repeated(rows)).toEqual([0, undefined])
  })

  it('are found where all values are equal, and not where one differs', async () => {
    const first = rows[0] ?? []
    expect(await repeated([...rows, first, [...first.slice(0, -1), 1]])).toEqual([1, undefined])
    const own = rows.map((row, at) => [at / 8, ...row])
    expect(await repeated([...own, own[3] ?? [], [...(own[4] ?? []).slice(0, -1), 5]])).toEqual([1, [1_002]])
  })

  it('are found among few different numbers and texts', async () => {
    const few = Array.from({ length: 40 }, (_, row) => [row % 4, row % 10, `text ${row % 20}`])
    expect((await repeated(few))[0]).toBe(20)
  })
})
