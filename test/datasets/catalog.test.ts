import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCatalog, descriptionKey } from '../../src/datasets/catalog.ts'
import type { DatasetDescription } from '../../src/datasets/contract.ts'
import { createNames, type Names } from '../../src/datasets/names.ts'
import type { PageRequest } from '../../src/page.ts'
import type { Store } from '../../src/store/contract.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { seal } from '../../src/store/sealed.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

let store: Store
let names: Names
let catalog: ReturnType<typeof createCatalog>
beforeAll(async () => {
  store = await createFolderStore(await temporaryFolder('catalog'))
  names = createNames(store)
  catalog = createCatalog(store, names)
})
beforeEach(() => store.deleteBelow('datasets/'))
afterAll(() => store.close())

const idOf = (digit: number) => `ds_${String(digit).padStart(24, '0')}`
const dayOf = (day: number) => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`
/** Keeps a data set whose id ends in the digit. */
async function keep(digit: number, more: Partial<DatasetDescription> = {}): Promise<string> {
  const description: DatasetDescription = {
    id: idOf(digit),
    sha256: '0'.repeat(64),
    bytes: 1,
    rows: 1,
    rejected: 0,
    createdAt: dayOf(1),
    columns: [{ name: 'a', type: 'number', missing: 0 }],
    ...more,
  }
  await store.create(descriptionKey(description.id), seal(description))
  return description.id
}
async function point(name: string, digit: number, day: number): Promise<void> {
  await names.point(name, await keep(digit), dayOf(day))
}
/** Damages the newest entry of a name. */
async function damage(name: string): Promise<void> {
  const entry = (await store.children(`datasets/names/${name}/`)).at(-1)
  const key = `datasets/names/${name}/${entry}`
  await store.delete(key)
  await store.create(key, '{"dataset":')
}
const listed = async (page: PageRequest = { limit: 50 }) =>
  (await catalog.list(page)).items.map(({ name }) => name)
async function pages(limit: number) {
  const all: string[][] = []
  let cursor: string | undefined
  do {
    const { items, next } = await catalog.list({ limit, cursor })
    all.push(items.map(({ name }) => name))
    cursor = next ?? undefined
  } while (cursor !== undefined)
  return all
}

describe('the list of data sets', () => {
  it('has the newest first, and of one time the first name first', async () => {
    for (const [name, day] of [
      ['b', 1],
      ['d', 2],
      ['a', 2],
      ['e', 3],
      ['c', 2],
    ] as const)
      await point(name, 1, day)
    const order = ['e', 'a', 'c', 'd', 'b']
    expect(await listed()).toEqual(order)
    for (const limit of [1, 2, 4]) expect((await pages(limit)).flat(), String(limit)).toEqual(order)
    // No page is empty, and none promises another that is.
    expect((await pages(5)).length).toBe(1)
    expect((await pages(4)).map(({ length }) => length)).toEqual([4, 1])
  })

  it('goes on behind an entry that is gone', async () => {
    for (const name of ['a', 'b', 'c']) await point(name, 1, 1)
    const { next } = await catalog.list({ limit: 2 })
    await names.remove('b')
    expect(await listed({ limit: 2, cursor: next ?? '' })).toEqual(['c'])
  })

  it('lacks what is damaged or gone, which hides no other', async () => {
    await point('a', 1, 3)
    await point('b', 2, 2)
    await point('c', 3, 1)
    await point('d', 4, 1)
    await damage('a')
    await store.delete(descriptionKey(idOf(2)))
    await store.delete(descriptionKey(idOf(3)))
    await store.create(descriptionKey(idOf(3)), '{}')
    expect(await listed()).toEqual(['d'])
    expect((await pages(1)).flat()).toEqual(['d'])
  })

  it('shows ten warnings, 100 columns, and the number of classes', async () => {
    const columns = Array.from({ length: 101 }, (_, index) => ({
      name: `c${index}`,
      type: 'category' as const,
      missing: 0,
      classes: { x: 1, y: 2 },
      decidedBy: { values: 3, fitting: 3 },
    }))
    const warnings = Array.from({ length: 11 }, () => ({ code: 'times' as const, message: 'm' }))
    await names.point('wide', await keep(1, { columns, warnings }), dayOf(1))
    const [item] = (await catalog.list({ limit: 1 })).items
    expect(item).toMatchObject({ name: 'wide', columnCount: 101 })
    expect([item?.columns.length, item?.warnings.length]).toEqual([100, 10])
    expect(item?.columns[0]).toEqual({ name: 'c0', type: 'category', missing: 0, distinct: 2 })
    expect((await catalog.get('wide')).columns[0]).toEqual(columns[0])
  })

  it('has fewer entries on a page where they are large', async () => {
    const columns = Array.from({ length: 10 }, (_, index) => ({
      name: `${index}`.padEnd(300_000, 'x'),
      type: 'number' as const,
      missing: 0,
    }))
    for (const digit of [1, 2, 3, 4])
      await names.point(`n${digit}`, await keep(digit, { columns }), dayOf(digit))
    // Each takes three of eight million characters.
    expect(await pages(50)).toEqual([
      ['n4', 'n3'],
      ['n2', 'n1'],
    ])
  })
})

describe('a data set', () => {
  it('is found by its name and by its id, under a name that points at it now', async () => {
    await point('old', 1, 1)
    await point('old', 2, 2)
    await point('alias', 1, 1)
    expect(await catalog.get('old')).toMatchObject({ id: idOf(2), name: 'old' })
    expect(await catalog.get(idOf(1))).toMatchObject({ id: idOf(1), name: 'alias' })
    expect(await catalog.get(idOf(2))).toMatchObject({ id: idOf(2), name: 'old', warnings: [] })
  })

  it('has a name that once pointed at it, or its id', async () => {
    await point('old', 1, 1)
    await point('old', 2, 2)
    expect((await catalog.get(idOf(1))).name).toBe('old')
    expect((await catalog.get(await keep(3))).name).toBe(idOf(3))
    // A damaged name points nowhere.
    await point('a', 3, 1)
    await damage('a')
    await point('b', 3, 1)
    expect((await catalog.get(idOf(3))).name).toBe('b')
  })

  it('is unknown with the names that there are', async () => {
    await point('films', 1, 1)
    await point('gone', 2, 1)
    await store.delete(descriptionKey(idOf(2)))
    for (const wanted of ['film', 'gone', idOf(7), '../films'])
      await expect(catalog.get(wanted)).rejects.toMatchObject({
        code: 'unknown-dataset',
        message: expect.stringContaining('films'),
      })
  })

  it('is told damaged', async () => {
    await point('a', 1, 1)
    await store.delete(descriptionKey(idOf(1)))
    await store.create(descriptionKey(idOf(1)), '{"id":1}')
    const refusal = {
      code: 'corrupt-artifact',
      message: `The description of the data set ${idOf(1)} is damaged.`,
    }
    await expect(catalog.get('a')).rejects.toMatchObject(refusal)
    await expect(catalog.get(idOf(1))).rejects.toMatchObject(refusal)
    await damage('a')
    await expect(catalog.get('a')).rejects.toMatchObject({
      code: 'corrupt-artifact',
      message: expect.stringMatching(/name a points at is damaged \(\d{8}\.json\)\. Upload it again\.$/),
    })
  })
})

describe('the history of a name', () => {
  const history = async (name: string, page: PageRequest = { limit: 10 }) =>
    (await catalog.history(name, page)).items.map(({ id }) => Number(id.slice(3)))

  it('has each data set once, the newest first, and then where it first stood', async () => {
    for (const [day, digit] of [1, 2, 3, 1].entries()) await point('a', digit, day + 1)
    expect(await history('a')).toEqual([1, 3, 2])
    const { next } = await catalog.history('a', { limit: 1 })
    expect(await history('a', { limit: 5, cursor: next ?? '' })).toEqual([3, 2])
    expect((await catalog.history('a', { limit: 3 })).next).toBeNull()
    expect((await catalog.history('a', { limit: 2 })).next).not.toBeNull()
  })

  it('is empty of an unknown or a damaged name', async () => {
    await point('a', 1, 1)
    await damage('a')
    for (const name of ['a', 'b', '../a', idOf(1)])
      expect(await catalog.history(name, { limit: 5 })).toEqual({ items: [], next: null })
  })
})

describe('a name', () => {
  it('points at the newest data set, and once where it points there already', async () => {
    await point('a', 1, 1)
    await point('a', 1, 2)
    expect(await names.newest('a')).toEqual({ name: 'a', dataset: idOf(1), at: dayOf(1) })
    await point('a', 2, 3)
    expect(await names.newest('a')).toEqual({ name: 'a', dataset: idOf(2), at: dayOf(3) })
    expect(await store.children('datasets/names/a/')).toEqual(['00000001.json', '00000002.json'])
    expect(await names.newest('b')).toBeUndefined()
    expect(await names.all()).toEqual(['a'])
    expect(await names.of(idOf(1))).toEqual(['a'])
  })

  it('points at a data set again over a damaged entry', async () => {
    await point('a', 1, 1)
    await damage('a')
    await point('a', 1, 2)
    expect(await names.newest('a')).toMatchObject({ dataset: idOf(1), at: dayOf(2) })
    expect(await names.history('a')).toEqual([idOf(1)])
  })

  it('moves on only from the data set that it points at', async () => {
    expect(await names.pointAfter('a', idOf(1), idOf(2), dayOf(1))).toBe(false)
    await point('a', 1, 1)
    expect(await names.pointAfter('a', idOf(3), idOf(2), dayOf(2))).toBe(false)
    expect(await names.pointAfter('a', idOf(1), idOf(2), dayOf(2))).toBe(true)
    expect(await names.newest('a')).toMatchObject({ dataset: idOf(2), at: dayOf(2) })
    expect(await names.of(idOf(2))).toEqual(['a'])
    await damage('a')
    expect(await names.pointAfter('a', idOf(2), idOf(3), dayOf(3))).toBe(false)
  })

  it('points at the newest of the rest where a data set is withdrawn, and is forgotten as a whole', async () => {
    for (const [day, digit] of [1, 2, 3, 2].entries()) await point('a', digit, day + 1)
    expect(await names.history('a')).toEqual([idOf(1), idOf(2), idOf(3)])
    await names.withdraw('a', idOf(2))
    expect(await names.newest('a')).toMatchObject({ dataset: idOf(3) })
    expect(await names.history('a')).toEqual([idOf(1), idOf(3)])
    await names.remove('a')
    expect(await names.newest('a')).toBeUndefined()
    expect(await names.all()).toEqual([])
    expect(await names.of(idOf(1))).toEqual([])
  })
})
