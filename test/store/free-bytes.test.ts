import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createFolderStore } from '../../src/store/folder.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

it.each([
  [{ bavail: 100, bsize: 4096, files: 9, ffree: 5 }, 409_600],
  [{ bavail: 100, bsize: 4096, files: 9, ffree: 0 }, 0],
  // Btrfs counts no inodes.
  [{ bavail: 100, bsize: 4096, files: 0, ffree: 0 }, 409_600],
])('on a disk that says %o there is room for %i bytes', async (said, bytes) => {
  const store = await createFolderStore(await temporaryFolder('free-bytes'))
  const spy = vi.spyOn(fs, 'statfs').mockImplementation((async () => said) as never)
  syncBuiltinESMExports()
  onTestFinished(async () => {
    spy.mockRestore()
    syncBuiltinESMExports()
    await store.close()
  })
  expect(await store.freeBytes()).toBe(bytes)
})
