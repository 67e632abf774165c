import { randomBytes } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { beginningOf, readWhole, readWholeSync } from '../../src/runtime/read-whole.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = await temporaryFolder()

it.each([null, 0])(
  'all bytes are read where each call returns a few of them, from %s on',
  async (position) => {
    const bytes = randomBytes(1_000)
    const path = join(folder, 'bytes')
    await writeFile(path, bytes)
    const file = await open(path)
    const slow = {
      read: (buffer: Buffer, offset: number, length: number, from: number | null) =>
        file.read(buffer, offset, Math.min(length, 7), from),
    }
    try {
      const buffer = Buffer.alloc(1_100)
      expect(await readWhole(slow, buffer, { offset: 10, length: 600, position })).toBe(600)
      const next = position === null ? null : 600
      expect(await readWhole(slow, buffer, { offset: 610, length: 450, position: next })).toBe(400)
      expect(buffer.subarray(10, 1_010)).toEqual(bytes)
    } finally {
      await file.close()
    }
  },
)

it('the beginning of a file is as long as was asked for, or as the file is', async () => {
  const bytes = randomBytes(100)
  const path = join(folder, 'beginning')
  await writeFile(path, bytes)
  expect(await beginningOf(path, 40)).toEqual(bytes.subarray(0, 40))
  expect(await beginningOf(path, 101)).toEqual(bytes)
})

it('bytes are read at once from a place in the file on, up to its end', async () => {
  const bytes = randomBytes(100)
  const path = join(folder, 'at-once')
  await writeFile(path, bytes)
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(50)
    expect(readWholeSync(file.fd, buffer, { offset: 10, length: 40, position: 30 })).toBe(40)
    expect(buffer.subarray(10)).toEqual(bytes.subarray(30, 70))
    expect(readWholeSync(file.fd, buffer, { offset: 0, length: 50, position: 70 })).toBe(30)
    expect(buffer.subarray(0, 30)).toEqual(bytes.subarray(70))
  } finally {
    await file.close()
  }
})
