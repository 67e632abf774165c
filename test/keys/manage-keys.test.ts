import { createHash } from 'node:crypto'
import { chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Keys } from '../../src/keys/keys.ts'
import { addKey, KeyFileError, listKeys, revokeKey, showKeys } from '../../src/keys/manage-keys.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const unlimited = { models: null, requestsPerMinute: null, rowsPerDay: null, expiresAt: null }
const fileIn = async () => join(await temporaryFolder('keys'), 'keys')
const key = (name: string) => ({ name, role: 'train' as const, ...unlimited })

describe('the file of keys', () => {
  it('gets a key, of which it has the hash only', async () => {
    const file = await fileIn()
    const limits = { models: ['imdb*'], requestsPerMinute: 60, rowsPerDay: 1_000, expiresAt: 2e12 }
    const secret = await addKey(file, { ...key('ops'), ...limits })
    expect(secret).toMatch(/^fitserve_[\w-]{43}$/)
    const text = await readFile(file, 'utf8')
    expect(text).not.toContain(secret.slice(9))
    const sha256 = createHash('sha256').update(secret).digest('hex')
    expect(await listKeys(file)).toEqual([{ ...key('ops'), ...limits, sha256 }])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(new Keys(await listKeys(file)).find(`Bearer ${secret}`)).toMatchObject({ name: 'ops' })
    expect(await addKey(file, key('other'))).not.toBe(secret)
  })

  it('keeps what people have written into it, and its mode', async () => {
    const file = await fileIn()
    const line = `a:admin:${'0'.repeat(64)}`
    await writeFile(file, `# ours\n\n  ${line} rate=5`)
    await chmod(file, 0o640)
    await addKey(file, key('ops'))
    await revokeKey(file, 'a')
    const text = await readFile(file, 'utf8')
    expect(text).toMatch(/^# ours\n\n# a was revoked at \d{4}-\S+Z\nops:train:[0-9a-f]{64}\n$/)
    expect((await stat(file)).mode & 0o777).toBe(0o640)
  })

  it('holds a comment once its last key is revoked', async () => {
    const file = await fileIn()
    await addKey(file, key('ops'))
    await revokeKey(file, 'ops')
    expect(await listKeys(file)).toEqual([])
    expect(await readFile(file, 'utf8')).toMatch(/^# ops was revoked/)
  })

  it('refuses names that are taken or unknown, and files that hold something else', async () => {
    const file = await fileIn()
    await addKey(file, key('ops'))
    await expect(addKey(file, key('ops'))).rejects.toThrow('There is a key "ops" already.')
    await expect(addKey(file, key('o ps'))).rejects.toThrow('must be name:role:sha256')
    await expect(revokeKey(file, 'op')).rejects.toThrow('There is no key "op".')
    await writeFile(file, 'my-secret-key')
    const refused = expect.objectContaining({ message: expect.not.stringContaining('my-secret-key') })
    await expect(addKey(file, key('b'))).rejects.toEqual(refused)
    await expect(listKeys(join(file, 'x'))).rejects.toBeInstanceOf(KeyFileError)
    await expect(addKey(join(file, 'x'), key('b'))).rejects.toBeInstanceOf(KeyFileError)
  })

  it('loses no key where many are added at once, and leaves nothing beside it', async () => {
    const file = await fileIn()
    const names = Array.from({ length: 20 }, (_, index) => `k${index}`)
    await Promise.all(names.map((name) => addKey(file, key(name))))
    expect((await listKeys(file)).map(({ name }) => name).sort()).toEqual([...names].sort())
    expect(await readdir(join(file, '..'))).toEqual(['keys'])
  })

  it('is replaced behind a link', async () => {
    const file = await fileIn()
    await addKey(file, key('a'))
    const link = `${file}.link`
    await symlink(file, link)
    await addKey(link, key('b'))
    expect(await listKeys(file)).toHaveLength(2)
  })

  it('is shown in columns', () => {
    const keys = [
      { ...key('ops'), sha256: 'x' },
      {
        ...key('web.1'),
        sha256: 'y',
        models: ['imdb*', 'a'],
        expiresAt: 0,
        requestsPerMinute: 6,
        rowsPerDay: 7,
      },
    ]
    expect(showKeys(keys, 1)).toEqual([
      'ops    train  all models  never expires',
      'web.1  train  imdb*,a     EXPIRED 1970-01-01T00:00:00.000Z  6 requests a minute  7 rows a day',
    ])
    expect(showKeys([], 1)).toEqual([])
  })
})
