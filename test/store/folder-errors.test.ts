import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import { errno, isDiskFull, reaching, unless } from '../../src/store/folder-errors.ts'

/** An error as the file system throws it. */
const systemError = (code: unknown) =>
  Object.assign(new Error(`${code}: it did not work, open '/srv/secret'`), { code, syscall: 'open' })

describe('an error of the file system', () => {
  it('is known by its code and the call that failed', async () => {
    expect(errno(systemError('EIO'))).toBe('EIO')
    expect(errno(await readFile('/no/such/file').catch((error: unknown) => error))).toBe('ENOENT')
    expect(errno(new FitserveError('not-ready', 'Our own errors have a code too.'))).toBeUndefined()
    expect(errno(Object.assign(new Error('no code'), { syscall: 'open' }))).toBeUndefined()
    for (const other of [systemError(5), new Error('another'), { code: 'EIO', syscall: 'open' }, 'EIO', null])
      expect(errno(other)).toBeUndefined()
  })

  it('may say that the disk is full', () => {
    expect(['ENOSPC', 'EDQUOT', 'EIO'].map((code) => isDiskFull(systemError(code)))).toEqual([
      true,
      true,
      false,
    ])
    expect(isDiskFull(new Error('another'))).toBe(false)
  })

  it.each([
    ['ENOSPC', 'The store has no space left on its disk, or no inodes (see df -h and df -i).'],
    ['EDQUOT', 'The store has reached its disk quota.'],
    ['EACCES', "The store's folder cannot be accessed by this user."],
    ['EROFS', "The store's folder is on a read-only file system."],
    ['ENOTSUP', "The store's file system has no hard links, which it needs."],
    ['ESTALE', 'The store does not answer.'],
  ])('%s becomes a sentence without a path', async (code, message) => {
    const cause = systemError(code)
    await expect(reaching(() => Promise.reject(cause))).rejects.toMatchObject({
      code: 'store-unavailable',
      message,
      cause,
    })
  })

  it('is told apart from other errors, which stay as they are', async () => {
    const other = new Error('another')
    await expect(reaching(() => Promise.reject(other))).rejects.toBe(other)
    expect(await reaching(async () => 'done')).toBe('done')
  })

  it('means nothing where it is expected', async () => {
    expect(await unless(['ENOENT'], async () => 'done')).toBe('done')
    expect(await unless(['EIO', 'ENOENT'], () => Promise.reject(systemError('ENOENT')))).toBeUndefined()
    const other = systemError('EIO')
    await expect(unless(['ENOENT'], () => Promise.reject(other))).rejects.toBe(other)
    await expect(unless(['ENOENT'], () => Promise.reject(new Error('another')))).rejects.toThrow('another')
  })
})
