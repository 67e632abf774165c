import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { watchFiles } from '../../src/runtime/watch-files.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const LOOK_MS = 20
/** Far longer than a half-written file stays as it is, also on a busy machine. */
const SETTLED_MS = 1_500

const stopping: (() => void)[] = []
afterEach(() => {
  for (const stop of stopping.splice(0)) stop()
})

/** Watches a file with this content. @returns its path, and what it held whenever it was said to have changed */
async function watched(content: string, settledMs: number) {
  const path = join(await temporaryFolder('watched'), 'file')
  await writeFile(path, content)
  const seen: string[] = []
  const onChange = async () => {
    seen.push(await readFile(path, 'utf8').catch(() => 'gone'))
  }
  stopping.push(watchFiles([path], onChange, { lookMs: LOOK_MS, settledMs }))
  return { path, seen }
}

describe('a watched file', () => {
  it('is told of once it is whole, and not while it is being written', async () => {
    const { path, seen } = await watched('a\nb\n', SETTLED_MS)
    const file = await open(path, 'w')
    for (const line of ['a\n', 'b\n', 'c\n']) {
      await file.write(line)
      await wait(5 * LOOK_MS)
    }
    await file.close()
    await expect.poll(() => seen).toEqual(['a\nb\nc\n'])
  })

  it('is told of where another one takes its place, or none', async () => {
    const { path, seen } = await watched('a', 2 * LOOK_MS)
    await writeFile(`${path}.new`, 'other')
    await rename(`${path}.new`, path)
    await expect.poll(() => seen).toEqual(['other'])
    await rm(path)
    await expect.poll(() => seen).toEqual(['other', 'gone'])
  })

  it('is told of all the same where it is never left alone', async () => {
    const { path, seen } = await watched('a', 5 * LOOK_MS)
    while (seen.length === 0) {
      await writeFile(path, String(Math.random()).repeat(Math.ceil(Math.random() * 50)))
      await wait(LOOK_MS)
    }
    expect(seen.length).toBeGreaterThan(0)
  })
})
