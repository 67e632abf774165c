import { randomBytes } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readWhole } from '../../../src/datasets/reader/read-whole.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

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
