import fs, { mkdir, readdir, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { findLackOfRoom, findTrouble, troubleOf } from '../../../src/jobs/queue/embedded-trouble.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

const coded = (code: unknown) => Object.assign(new Error('as the system says it'), { code })

it.each([
  ['ENOSPC', 'The embedded queue has no space left on its disk, or no inodes (see df -h and df -i).'],
  ['53100', 'The embedded queue has no space left on its disk, or no inodes (see df -h and df -i).'],
  ['EDQUOT', 'The embedded queue has used up its disk quota.'],
  ['EACCES', "The embedded queue's folder does not let this process in."],
  ['42501', "The embedded queue's folder does not let this process in."],
  ['EPERM', "The embedded queue's folder does not let this process in."],
  ['EROFS', 'The embedded queue is on a file system that is read-only.'],
  ['EIO', "The embedded queue's disk reports an error."],
  ['58030', "The embedded queue's disk reports an error."],
  ['EMFILE', 'Too many files are open in this process.'],
  ['53000', 'Too many files are open in this process.'],
  ['ENFILE', 'Too many files are open on this machine.'],
])('%s may pass', (code, message) => {
  const cause = coded(code)
  expect(troubleOf(cause)).toMatchObject({ code: 'queue-unavailable', message, cause })
})

it.each([
  coded('ENOENT'),
  coded('XX001'),
  coded(53_100),
  coded(undefined),
  new Error('ENOSPC'),
  { code: 'ENOSPC' },
  'ENOSPC',
  undefined,
  null,
])('%o is no transient failure', (error) => {
  expect(troubleOf(error)).toBeUndefined()
})

/** Lets a function of the file system behave otherwise until the end of the test. */
function replaced<Key extends 'writeFile' | 'open' | 'statfs'>(
  key: Key,
  by: (...given: unknown[]) => unknown,
): void {
  const spy = vi.spyOn(fs, key).mockImplementation(by as never)
  syncBuiltinESMExports()
  onTestFinished(() => {
    spy.mockRestore()
    syncBuiltinESMExports()
  })
}

/** A folder with a database of two files, one in a folder of its own. */
async function database() {
  const folder = await temporaryFolder('trouble')
  const path = join(folder, 'database')
  await mkdir(join(path, 'base'), { recursive: true })
  await writeFile(join(path, 'version'), '16')
  await writeFile(join(path, 'base', '1'), 'table')
  return { folder, path }
}

it('a folder that can be written and read has no trouble, and keeps no file of the try', async () => {
  const { folder, path } = await database()
  expect(await findTrouble(folder, path)).toBeUndefined()
  expect(await readdir(folder)).toEqual(['database'])
  expect(await findTrouble(folder, join(folder, 'absent')), 'it is made later').toBeUndefined()
})

it('a try writes a megabyte, under a name that the next start sweeps away', async () => {
  const { folder, path } = await database()
  const written: unknown[] = []
  replaced('writeFile', async (file, bytes) => {
    written.push(String(file).replace(/[0-9a-f-]{36}$/, 'ID'), Buffer.from(bytes as Uint8Array).length)
    throw coded('ENOSPC')
  })
  expect(await findTrouble(folder, path)).toMatchObject({ cause: { code: 'ENOSPC' } })
  expect(written).toEqual([join(folder, 'new-try-ID'), 2 ** 20])
})

it('every file of the database is opened for writing, and closed again', async () => {
  const { folder, path } = await database()
  const opened: string[] = []
  let closed = 0
  replaced('open', async (file, mode) => {
    opened.push(`${mode} ${String(file).slice(path.length + 1)}`)
    return {
      close: async () => {
        closed += 1
      },
    }
  })
  expect(await findTrouble(folder, path)).toBeUndefined()
  expect(opened.toSorted()).toEqual(['r+ base/1', 'r+ version'])
  expect(closed).toBe(2)
})

it('a file that cannot be opened is trouble', async () => {
  const { folder, path } = await database()
  replaced('open', async () => {
    throw coded('EMFILE')
  })
  expect(await findTrouble(folder, path)).toMatchObject({
    message: 'Too many files are open in this process.',
  })
})

it.each([
  [255, 4096, 9, 5, true],
  [256, 4096, 9, 5, false],
  [1, 2 ** 20, 9, 5, false],
  [256, 4096, 9, 0, true],
  [256, 4096, 9, 1, false],
  // Btrfs counts no inodes.
  [256, 4096, 0, 0, false],
])(
  'of %i free blocks with %i bytes, and of %i inodes %i, there is too little room: %s',
  async (bavail, bsize, files, ffree, lacks) => {
    replaced('statfs', async () => ({ bavail, bsize, files, ffree }))
    const lack = await findLackOfRoom('anywhere')
    if (lacks)
      expect(lack).toMatchObject({
        message: 'The embedded queue has no space left on its disk, or no inodes (see df -h and df -i).',
      })
    else expect(lack).toBeUndefined()
  },
)
