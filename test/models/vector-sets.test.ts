import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { installedVectorSets, readVectorSet } from '../../src/models/vector-sets.ts'
import { vectorsOf, writeVectors } from '../helpers/word-vectors.ts'

const folder = await mkdtemp(join(tmpdir(), 'fitserve-vectors-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const PLAIN = {
  words: ['good', 'café', 'bad'],
  scales: [0.5, 0.25, 0.125],
  values: [
    [127, -127],
    [0, 3],
    [-1, 64],
  ],
}

describe('the sets of word vectors of a folder', () => {
  it('are its files of vectors, in order, by their names', async () => {
    expect(await installedVectorSets(join(folder, 'no-such-folder'))).toEqual([])
    await writeVectors(folder, 'tiny-2', PLAIN)
    await writeVectors(folder, 'a-tiny-2', PLAIN)
    for (const file of ['notes.txt', 'NoName-2.vectors', 'without-number.vectors', 'much-10000.vectors'])
      await writeFile(join(folder, file), '')
    expect(await installedVectorSets(folder)).toEqual(['a-tiny-2', 'tiny-2'])
  })

  it('are read as they were written', async () => {
    expect(await readVectorSet(folder, 'tiny-2')).toEqual(vectorsOf('tiny-2', PLAIN))
  })

  it('are refused where they are not there, or damaged, with the command that installs them', async () => {
    await expect(readVectorSet(folder, 'other-2')).rejects.toMatchObject({
      code: 'training-failed',
      message: expect.stringMatching(/"other-2" are not installed.*npm run setup -- --vectors/),
    })
    const damages = [
      (name: string) => writeVectors(folder, name, PLAIN, { sha256: 'a'.repeat(64) }),
      (name: string) => writeVectors(folder, name, PLAIN, { name: 'tiny-2' }),
      (name: string) => writeVectors(folder, name, PLAIN, { words: 4 }),
      (name: string) => writeVectors(folder, name, PLAIN, { format: 2 }),
      // The name says how many dimensions there are, by which a job is estimated.
      (name: string) => writeVectors(folder, name, { ...PLAIN, values: [[1], [2], [3]] }),
      async (name: string) => appendFile(await writeVectors(folder, name, PLAIN), 'x'),
      (name: string) => writeFile(join(folder, `${name}.vectors`), 'no first line'),
      (name: string) => writeVectors(folder, name, { ...PLAIN, scales: [1, Number.NaN, 1] }),
      (name: string) => writeVectors(folder, name, { ...PLAIN, scales: [1, -Infinity, 1] }),
      (name: string) => writeVectors(folder, name, { ...PLAIN, scales: [1, 1, 1e7] }),
    ]
    for (const [at, damage] of damages.entries()) {
      const name = `damaged-${at}-2`
      await damage(name)
      await expect(readVectorSet(folder, name)).rejects.toMatchObject({
        code: 'training-failed',
        message: expect.stringMatching(/damaged.*npm run setup -- --vectors/),
      })
    }
  })
})
