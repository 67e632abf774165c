import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Store } from '../../src/store/contract.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { numbered } from '../../src/store/numbered.ts'
import { seal } from '../../src/store/sealed.ts'
import { readSealed } from '../../src/store/sealed-values.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

let folder: string
let store: Store

beforeEach(async () => {
  folder = await temporaryFolder('values')
  store = await createFolderStore(folder)
})

afterEach(async () => {
  await store.close()
})

describe('a sealed value', () => {
  const Value = z.object({ text: z.string() })
  const throws = { onDamage: 'throw', message: 'The note is damaged.' } as const

  it('is read as it was written, and undefined where it is absent', async () => {
    await store.create('note.json', seal({ text: 'good' }))
    expect(await readSealed(store, 'note.json', Value, throws)).toEqual({ text: 'good' })
    expect(await readSealed(store, 'none.json', Value, throws)).toBeUndefined()
  })

  it('that is damaged is refused or skipped', async () => {
    await store.create('changed.json', seal({ text: 'good' }).replace('good', 'food'))
    await store.create('other.json', seal({ number: 1 }))
    for (const key of ['changed.json', 'other.json']) {
      await expect(readSealed(store, key, Value, throws)).rejects.toMatchObject({
        code: 'corrupt-artifact',
        message: 'The note is damaged.',
      })
      expect(await readSealed(store, key, Value, { onDamage: 'skip' })).toBeUndefined()
    }
  })

  it('keeps a key that is called __proto__ where it is asked for as written', async () => {
    await store.create('odd.json', '{"text":"a","classes":{"__proto__":1}}')
    const Odd = z.object({ text: z.string(), classes: z.record(z.string(), z.number()) })
    const value = await readSealed(store, 'odd.json', Odd, { ...throws, asWritten: true })
    expect(JSON.stringify(value?.classes)).toBe('{"__proto__":1}')
  })
})

describe('a numbered list', () => {
  for (const digits of [12, 0])
    it(`counts from one, in order, with names of ${digits || 'as few as needed'} digits`, async () => {
      const list = numbered(store, 'list/', digits)
      expect(await list.newest()).toBe(0)
      for (let number = 1; number <= 11; number += 1)
        expect(await list.append((next) => String(next))).toBe(number)
      expect(await list.newest()).toBe(11)
      expect(await list.newest(20)).toBe(20)
      expect(await list.after(8)).toEqual([9, 10, 11])
      expect((await list.at(7))?.toString()).toBe('7')
      expect(await list.at(12)).toBeUndefined()
    })

  it('gives each number away once', async () => {
    const list = numbered(store, 'list/', 6)
    const taken = await Promise.all(['a', 'b', 'c', 'd'].map((content) => list.append(content, 0)))
    expect(taken.toSorted()).toEqual([1, 2, 3, 4])
    expect(await list.create(2, 'e')).toBe(false)
  })

  it('forgets numbers from the front', async () => {
    const list = numbered(store, 'list/', 6)
    for (const content of ['a', 'b', 'c']) await list.append(content)
    await list.deleteBefore(3)
    expect(await list.after(0)).toEqual([3])
    await list.delete(3)
    expect(await list.newest()).toBe(0)
  })
})
