import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createFolderStore } from '../../src/store/folder.ts'
import { reaching } from '../../src/store/folder-errors.ts'
import { storeContract } from '../contracts/store.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

let parent: string
let folders = 0
const newFolder = () => {
  folders += 1
  return join(parent, `store-${folders}`)
}
beforeAll(async () => {
  parent = await temporaryFolder('folder')
})

let shared: string | undefined
storeContract('folder', () => {
  shared ??= newFolder()
  return createFolderStore(shared)
})

describe('folder', () => {
  it('a writer killed while it creates leaves whole keys only, and its leftovers are swept', async () => {
    const folder = newFolder()
    for (let round = 0; round < 4; round += 1) {
      const acknowledged = await writeUntilKilled(folder, 300 + round * 37)
      const store = await createFolderStore(folder)
      const names = await store.children('written/')
      for (const name of names) {
        const bytes = await store.read(`written/${name}/file`)
        // A folder may be there before its first file; a file is whole or absent.
        if (bytes) expect(bytes.equals(Buffer.alloc(4_000_000, Number(name) % 251))).toBe(true)
      }
      for (const n of acknowledged) expect(await store.has(`written/${n}/file`)).toBe(true)
      expect(await readdir(join(folder, '+tmp')), 'only our own').toHaveLength(1)
      await store.close()
      expect(await readdir(join(folder, '+tmp'))).toEqual([])
      await rm(join(folder, 'written'), { recursive: true, force: true })
    }
  })

  it('what an owner elsewhere left is swept once it has been silent for long', async () => {
    const folder = newFolder()
    const left = async (name: string, minutes: number) => {
      await mkdir(join(folder, '+tmp', name), { recursive: true })
      const then = new Date(Date.now() - minutes * 60_000)
      await writeFile(join(folder, '+tmp', name, 'alive'), '')
      await utimes(join(folder, '+tmp', name, 'alive'), then, then)
    }
    await left('elsewhere+1+1+aaaa', 5)
    await left('elsewhere+1+1+bbbb', 60)
    const store = await createFolderStore(folder)
    const names = await readdir(join(folder, '+tmp'))
    expect(names).toContain('elsewhere+1+1+aaaa')
    expect(names).not.toContain('elsewhere+1+1+bbbb')
    await store.close()
  })

  it('the folder of a living process of this machine is left alone', async () => {
    const folder = newFolder()
    const first = await createFolderStore(folder)
    const scratch = await first.scratchFolder()
    const second = await createFolderStore(folder)
    expect(await readdir(scratch)).toEqual([])
    await first.close()
    await second.close()
  })

  it.skipIf(process.getuid?.() === 0)(
    'a folder that may not be written is told without its path',
    async () => {
      const folder = newFolder()
      const store = await createFolderStore(folder)
      onTestFinished(async () => {
        await chmod(folder, 0o700)
        await store.close()
      })
      await chmod(folder, 0o500)
      await expect(store.create('a/b', 'x')).rejects.toMatchObject({ code: 'store-unavailable' })
      await expect(store.create('a/b', 'x')).rejects.not.toThrow(folder)
    },
  )

  it('a folder that cannot be made or has gone is store-unavailable', async () => {
    const file = join(parent, 'a-file')
    await writeFile(file, '')
    const refused = createFolderStore(join(file, 'store'))
    await expect(refused).rejects.toMatchObject({ name: 'FitserveError', code: 'store-unavailable' })
    await expect(refused).rejects.not.toThrow(parent)
    const folder = newFolder()
    const store = await createFolderStore(folder)
    await rm(folder, { recursive: true })
    await expect(store.ping()).rejects.toMatchObject({ code: 'store-unavailable' })
    await store.close()
  })

  it('a folder whose disk is away is no empty store, and nothing is made in its place', async () => {
    const folder = newFolder()
    const store = await createFolderStore(folder)
    await store.create('models/m/1', 'x')
    await rename(folder, `${folder}-away`)
    await mkdir(folder)
    for (const call of [
      () => store.read('models/m/1'),
      () => store.stream('models/m/1'),
      () => store.localFile('models/m/1'),
      () => store.has('models/m/1'),
      () => store.children('models/'),
      () => store.create('models/m/2', 'x'),
      () => store.scratchFolder(),
      () => store.ping(),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(await readdir(folder)).toEqual([])
    await rm(folder, { recursive: true })
    await expect(store.children('models/')).rejects.toMatchObject({ code: 'store-unavailable' })
    await rename(`${folder}-away`, folder)
    expect(await store.children('models/')).toEqual(['m'])
    await rm(join(folder, '+tmp'), { recursive: true })
    expect(await store.has('models/m/2')).toBe(false)
    expect(await store.create('models/m/2', 'x')).toBe(true)
    await store.close()
  })

  it('a key that is a prefix of another key is a mistake of the program', async () => {
    const store = await createFolderStore(newFolder())
    await store.create('a/b', 'x')
    await expect(store.create('a', 'x')).rejects.toThrow(TypeError)
    await expect(store.create('a/b/c', 'x')).rejects.toThrow(TypeError)
    await expect(store.create('a/b/c/d', 'x')).rejects.toThrow(TypeError)
    await store.close()
  })

  it('what the disk says becomes a sentence that holds no path', async () => {
    for (const [code, sentence] of [
      ['ENOSPC', /no space/],
      ['EACCES', /be accessed by this user/],
      ['EIO', /disk reports an error/],
      ['ESTALE', /does not answer/],
    ] as const) {
      const cause = Object.assign(new Error(`${code}: open '/secret'`), { code, syscall: 'open' })
      const told = reaching(() => Promise.reject(cause))
      await expect(told).rejects.toMatchObject({ code: 'store-unavailable', cause })
      await expect(told).rejects.toThrow(sentence)
    }
    await expect(reaching(() => Promise.reject(new TypeError('a mistake')))).rejects.toThrow(TypeError)
  })
})

/** Runs the writer, kills it after some milliseconds, and answers what it was told is there. */
async function writeUntilKilled(folder: string, ms: number): Promise<string[]> {
  const writer = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'fixtures/writer.ts'), folder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const lines: string[] = []
  const reader = createInterface(writer.stdout)
  const first = once(reader, 'line')
  reader.on('line', (line) => lines.push(line))
  await first
  setTimeout(() => writer.kill('SIGKILL'), ms)
  await once(writer, 'close')
  return lines
}
