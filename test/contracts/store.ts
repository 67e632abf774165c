import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/contract.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

/**
 * The contract of every store. `open` opens one more store on the same bytes, as another process would; each
 * test keeps to a prefix of its own.
 */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`${name}: the store's contract`, () => {
    let store: Store
    let folder: string
    let tests = 0
    const fresh = () => {
      tests += 1
      return `test-${tests}/`
    }
    beforeAll(async () => {
      store = await open()
      folder = await temporaryFolder('store')
    })
    afterAll(async () => {
      await store.close()
    })

    it('what was created is read back, byte for byte', async () => {
      const at = fresh()
      const bytes = randomBytes(300_000)
      expect(await store.create(`${at}a/b/c.bin`, bytes)).toBe(true)
      expect(await store.read(`${at}a/b/c.bin`)).toEqual(bytes)
      expect(await buffer((await store.stream(`${at}a/b/c.bin`))!)).toEqual(bytes)
      const part = await store.stream(`${at}a/b/c.bin`, { from: 1_000, to: 200_000 })
      expect(await buffer(part!)).toEqual(bytes.subarray(1_000, 200_001))
      expect(await readFile((await store.localFile(`${at}a/b/c.bin`))!)).toEqual(bytes)
      expect(await store.has(`${at}a/b/c.bin`)).toBe(true)
      expect(await store.create(`${at}text`, 'häß'), 'a text is UTF-8').toBe(true)
      expect((await store.read(`${at}text`))?.toString('utf8')).toBe('häß')
      expect(await store.create(`${at}empty`, '')).toBe(true)
      expect(await store.read(`${at}empty`)).toHaveLength(0)
    })

    it('a local file is taken as it is now, and stays the caller’s', async () => {
      const at = fresh()
      const file = join(folder, 'upload')
      await writeFile(file, 'first')
      expect(await store.createFromFile(`${at}file`, file)).toBe(true)
      await writeFile(file, 'later')
      expect((await store.read(`${at}file`))?.toString()).toBe('first')
      expect(await store.createFromFile(`${at}file`, file)).toBe(false)
      expect((await store.read(`${at}file`))?.toString()).toBe('first')
      expect(await readFile(file, 'utf8')).toBe('later')
    })

    it('a finished file stays in its key when its owner removes it', async () => {
      const at = fresh()
      const file = join(folder, 'finished')
      for (const [text, created] of [
        ['first', true],
        ['later', false],
      ] as const) {
        await writeFile(file, text)
        expect(await store.createFromFile(`${at}file`, file, { finished: true })).toBe(created)
        await rm(file)
        expect((await store.read(`${at}file`))?.toString()).toBe('first')
      }
    })

    it('what is absent is undefined, whether key, folder or part of a key', async () => {
      const at = fresh()
      await store.create(`${at}folder/file`, 'x')
      for (const key of [`${at}nothing`, `${at}folder`, `${at}folder/file/deeper`, `${at}no/such/folder`]) {
        expect(await store.read(key), key).toBeUndefined()
        expect(await store.stream(key), key).toBeUndefined()
        expect(await store.localFile(key), key).toBeUndefined()
        expect(await store.has(key), key).toBe(false)
      }
    })

    it('of 20 that create one key at once, one wins and its bytes stay', async () => {
      const at = fresh()
      const other = await open()
      for (let round = 0; round < 10; round += 1) {
        const key = `${at}race/${round}`
        const tries = Array.from({ length: 20 }, (_, i) => (i % 2 ? store : other).create(key, `writer ${i}`))
        const wins = (await Promise.all(tries)).flatMap((won, i) => (won ? [i] : []))
        expect(wins).toHaveLength(1)
        expect((await store.read(key))?.toString()).toBe(`writer ${wins[0]}`)
      }
      await other.close()
    })

    it('children are the names directly below, in order, from a name on', async () => {
      const at = fresh()
      for (const key of ['b/1', 'b/2', 'a', 'B', '_x', 'c/d/e', '10', '9']) await store.create(at + key, key)
      expect(await store.children(at)).toEqual(['10', '9', 'B', '_x', 'a', 'b', 'c'])
      expect(await store.children(at, { after: 'B' })).toEqual(['_x', 'a', 'b', 'c'])
      expect(await store.children(`${at}c/`)).toEqual(['d'])
      expect(await store.children(`${at}nothing/`)).toEqual([])
      expect(await store.children('')).toContain(at.slice(0, -1))
      for (const child of await store.children('')) expect(child).toMatch(/^[A-Za-z0-9._-]+$/)
    })

    it('a deleted key is gone, and so is a folder that it leaves empty', async () => {
      const at = fresh()
      await store.create(`${at}a/b/c`, '1')
      await store.create(`${at}a/d`, '2')
      await store.delete(`${at}a/b/c`)
      await store.delete(`${at}a/b/c`)
      await store.delete(`${at}never/was`)
      expect(await store.children(`${at}a/`)).toEqual(['d'])
      expect(await store.create(`${at}a/b/c`, 'again')).toBe(true)
    })

    it('creations succeed while other keys, and the same key, are deleted at that moment', async () => {
      const at = fresh()
      const other = await open()
      const turns = Array.from({ length: 6 }, async (_, who) => {
        const mine = who % 2 ? store : other
        for (let turn = 0; turn < 40; turn += 1) {
          const key = `${at}deep/busy/${turn % 2 ? 'same' : who}`
          const created = await mine.create(key, 'x')
          if (key.endsWith(String(who))) expect(created).toBe(true)
          await mine.delete(key)
        }
      })
      await Promise.all(turns)
      expect(await store.children(`${at}deep/`)).toEqual([])
      await other.close()
    })

    it('deleting below a prefix leaves its neighbours alone', async () => {
      const at = fresh()
      for (const key of ['job/1', 'job/2/3', 'job-2/1', 'jo']) await store.create(at + key, key)
      await store.deleteBelow(`${at}job/`)
      await store.deleteBelow(`${at}job/`)
      expect(await store.children(at)).toEqual(['jo', 'job-2'])
      await expect(store.deleteBelow(`${at}jo`)).rejects.toThrow(TypeError)
      await expect(store.deleteBelow('')).rejects.toThrow(TypeError)
    })

    it('a key that could leave the store is refused', async () => {
      const bad = [
        '',
        '/a',
        'a/',
        'a//b',
        '..',
        'a/../b',
        './a',
        'a b',
        'a\\b',
        'ä',
        'a\0',
        `${'a/'.repeat(600)}a`,
      ]
      for (const key of bad) {
        await expect(store.read(key), key).rejects.toThrow(TypeError)
        await expect(store.create(key, ''), key).rejects.toThrow(TypeError)
        await expect(store.delete(key), key).rejects.toThrow(TypeError)
      }
      expect(await store.read('...')).toBeUndefined()
    })

    it('every key below a prefix is told with its size and age', async () => {
      const at = fresh()
      for (const [key, bytes] of [
        ['a/1', 3],
        ['a/b/2', 0],
        ['c', 5],
      ] as const)
        await store.create(at + key, Buffer.alloc(bytes))
      const found = async (prefix: string) => {
        const sizes: Record<string, number> = {}
        for await (const { key, bytes, ageMs } of store.entries(prefix)) {
          expect(ageMs).toBeLessThan(60_000)
          expect(ageMs).toBeGreaterThan(-5_000)
          sizes[key.slice(at.length)] = bytes
        }
        return sizes
      }
      expect(await found(at)).toEqual({ 'a/1': 3, 'a/b/2': 0, c: 5 })
      expect(await found(`${at}a/`)).toEqual({ 'a/1': 3, 'a/b/2': 0 })
      expect(await found(`${at}none/`)).toEqual({})
      let all = 0
      for await (const { key } of store.entries('')) if (key.startsWith(at)) all += 1
      expect(all).toBe(3)
      expect(await store.sweep({ dryRun: true })).toEqual([])
    })

    it('a scratch folder is new and empty', async () => {
      const first = await store.scratchFolder()
      const second = await store.scratchFolder()
      expect(first).not.toBe(second)
      expect(await readdir(first)).toEqual([])
      await writeFile(join(first, 'work'), 'x')
      await rm(first, { recursive: true })
      await rm(second, { recursive: true })
      await store.ping()
    })

    it('tells how many bytes still fit, if anything limits them', async () => {
      const free = await store.freeBytes()
      if (free !== undefined) expect(free).toBeGreaterThan(0)
    })

    it('any sequence of steps leaves what a map in memory would hold', async () => {
      const key = fc.constantFrom('a/1', 'a/2', 'a/b/1', 'a/b/2', 'c', 'd/1')
      const prefix = fc.constantFrom('a/', 'a/b/', 'd/')
      const step = fc.oneof(
        fc.record({ do: fc.constant('create' as const), key, bytes: fc.uint8Array({ maxLength: 20 }) }),
        fc.record({ do: fc.constant('delete' as const), key }),
        fc.record({ do: fc.constant('deleteBelow' as const), key: prefix }),
      )
      const property = fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const at = fresh()
        const model = new Map<string, Uint8Array>()
        for (const it of steps) {
          if (it.do === 'create') {
            expect(await store.create(at + it.key, it.bytes)).toBe(!model.has(it.key))
            if (!model.has(it.key)) model.set(it.key, it.bytes)
          } else if (it.do === 'delete') {
            await store.delete(at + it.key)
            model.delete(it.key)
          } else {
            await store.deleteBelow(at + it.key)
            for (const name of model.keys()) if (name.startsWith(it.key)) model.delete(name)
          }
          expect(await contents(store, at)).toEqual(model)
        }
      })
      await fc.assert(property, { numRuns: 40 })
    })
  })
}

async function contents(store: Store, prefix: string, below = ''): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  for (const child of await store.children(prefix + below)) {
    const key = below + child
    const bytes = await store.read(prefix + key)
    if (bytes) found.set(key, new Uint8Array(bytes))
    else for (const [name, value] of await contents(store, prefix, `${key}/`)) found.set(name, value)
  }
  return found
}
