import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { DatasetsOptions } from '../../src/datasets/datasets.ts'
import { type Bench, openBench } from './harness.ts'

let bench: Bench
afterEach(() => bench.close())

const open = async (reader: string, options: Partial<DatasetsOptions> = {}) => {
  const warnings: string[] = []
  bench = await openBench({
    readerPath: join(import.meta.dirname, 'readers', `${reader}.ts`),
    log: { warn: (_, message) => warnings.push(message) },
    ...options,
  })
  return warnings
}

/** Expects that a refused upload has left nothing, neither in the store nor beside it. */
async function expectNothingKept(): Promise<void> {
  expect(await bench.store.children('')).toEqual([])
  const files = await readdir(join(bench.folder, 'store'), { recursive: true, withFileTypes: true })
  expect(files.filter((file) => file.isFile() && file.name !== 'alive').map(({ name }) => name)).toEqual([])
}

describe('a reader', () => {
  it('is started again if it is killed, and the upload succeeds as usual', async () => {
    const warnings = await open('dies-once')
    const { rows, rejects } = await bench.table('a,b\nx,1\ny\nz,2\n', { onError: 'skip' })
    expect(rows).toEqual([
      { a: 'x', b: 1 },
      { a: 'z', b: 2 },
    ])
    expect(rejects).toMatchObject([{ line: 3 }])
    expect(warnings).toHaveLength(1)
  })

  it('fails the upload and nothing else if it crashes each time', async () => {
    const warnings = await open('dies-always')
    const error = await bench.refusal('a,b\nx,1\n')
    expect(error).toMatchObject({
      code: 'invalid-dataset',
      message: expect.stringMatching(/could not be read/),
    })
    expect(warnings).toHaveLength(2)
    await expectNothingKept()
    expect((await bench.refusal('a\nx\n')).code, 'the next upload has its own reader').toBe('invalid-dataset')
  })

  it('is killed if it takes too long', async () => {
    const warnings = await open('hangs', { readTimeLimitMs: 300 })
    const error = await bench.refusal('a,b\nx,1\n')
    expect(error).toMatchObject({ code: 'invalid-dataset', message: expect.stringMatching(/took longer/) })
    expect(warnings).toHaveLength(1)
    await expectNothingKept()
  })

  it('is not believed if it reports the impossible', async () => {
    await open('lies')
    await expect(bench.send('a,b\nx,1\n')).rejects.toThrow()
    await expectNothingKept()
  })

  it('ends when the client of its upload disconnects', async () => {
    await open('hangs')
    const controller = new AbortController()
    const upload = bench.send('a,b\nx,1\n', { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('gone')), 500)
    await expect(upload).rejects.toThrow('gone')
    await expectNothingKept()
  })

  it('ends when the service stops, and uploads that wait are refused', async () => {
    await open('hangs')
    const uploads = Array.from({ length: 4 }, (_, index) => bench.refusal(`a,b\nx,${index}\n`))
    setTimeout(() => bench.datasets.close(), 500)
    expect((await Promise.all(uploads)).map(({ code }) => code)).toEqual(Array(4).fill('not-ready'))
  })
})

it('readers end with their service and keep no process alive', async () => {
  await open('dies-once')
  await bench.send('a\nx\n')
  const readers = await children()
  expect(readers.length).toBeGreaterThan(0)
  await bench.datasets.close()
  await expect.poll(() => readers.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
})

/** Process ids of this process's readers. */
async function children(): Promise<string[]> {
  const { readFileSync } = await import('node:fs')
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return all.filter((pid) => {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[1]
      return Number(parent) === process.pid
    } catch {
      return false
    }
  })
}
