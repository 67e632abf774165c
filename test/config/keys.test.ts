import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config/config.ts'
import { keysFileOf, keysFileToChange, readKeysAgain } from '../../src/config/keys.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const HASH = 'ab'.repeat(32)
const OTHER = 'cd'.repeat(32)

let folder: string
beforeEach(async () => {
  folder = await temporaryFolder('keys')
})

const write = async (text: string, name = 'keys') => {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

describe('keys that are read again', () => {
  it('are those of the variable and of the file', async () => {
    const path = await write(`web:predict:${OTHER}\n`)
    const names = (variables: object) => readKeysAgain(variables, path).map(({ name }) => name)
    expect(names({ API_KEYS: `ops:admin:${HASH}` })).toEqual(['ops', 'web'])
    expect(names({ API_KEYS: `# none, #ops:admin:${HASH}` })).toEqual(['web'])
    expect(names({})).toEqual(['web'])
    expect(() => names({ API_KEYS: `web:admin:${HASH}` })).toThrow('two keys named "web"')
  })

  it('are none where all were revoked, and refused where the file is being written', async () => {
    expect(readKeysAgain({}, await write('# all revoked'))).toEqual([])
    const path = await write(' \n')
    expect(() => readKeysAgain({}, path)).toThrow(ConfigError)
    expect(() => readKeysAgain({}, path)).toThrow(
      `API_KEYS_FILE is ${JSON.stringify(path)}, and that file is empty`,
    )
    expect(() => readKeysAgain({}, join(folder, 'none'))).toThrow('must be a readable file (ENOENT)')
  })
})

describe('the file of keys', () => {
  it('is the one that is named, or that of the data folder where it is there', async () => {
    expect(keysFileOf({}, folder)).toBeNull()
    expect(keysFileOf({ API_KEYS_FILE: 'my-keys' }, folder)).toBe(resolve('my-keys'))
    const path = await write(`web:predict:${OTHER}`)
    expect(keysFileOf({}, folder)).toBe(path)
    expect(keysFileOf({ API_KEYS_FILE: '/etc/keys' }, folder)).toBe('/etc/keys')
    const config = loadConfig({ DATA_DIR: folder })
    expect(config.keysFile).toBe(path)
    expect(config.apiKeys.map(({ name }) => name)).toEqual(['web'])
  })

  it('that is changed may not be there yet', () => {
    expect(keysFileToChange({})).toBe(resolve('data/keys'))
    expect(keysFileToChange({ DATA_DIR: '', API_KEYS_FILE: '' })).toBe(resolve('data/keys'))
    expect(keysFileToChange({ DATA_DIR: '/srv/fit' })).toBe('/srv/fit/keys')
    expect(keysFileToChange({ DATA_DIR: '/srv/fit', API_KEYS_FILE: 'other' })).toBe(resolve('other'))
  })
})
