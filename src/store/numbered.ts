import type { Store } from './contract.ts'

/**
 * A list of values in the store, one key for each number: `<prefix>000000000007.json`. Numbers begin at 1, and each is
 * created once: the second process that wants a number finds it taken.
 */
export interface Numbered {
  /** Returns the key of a number, for `readSealed` and the like. */
  keyOf(number: number): string
  /** Returns the bytes of a number, or undefined where it is absent. */
  at(number: number): Promise<Buffer | undefined>
  /** Returns the numbers greater than `number`, ascending. `after(0)` gives all. */
  after(number: number): Promise<number[]>
  /** Returns the greatest number. Where none is greater than `known`, which defaults to 0, returns `known`. */
  newest(known?: number): Promise<number>
  /** Creates a value under a number; false, and nothing changed, where the number is taken. */
  create(number: number, content: string): Promise<boolean>
  /**
   * Creates a value under the next free number, trying again while others are faster. Returns the number.
   * @param content a function is called for each try, with the number
   * @param known the greatest number that the caller knows of; default: it is looked up
   */
  append(content: string | ((number: number) => string), known?: number): Promise<number>
  /** Deletes one number; no error where it is absent. */
  delete(number: number): Promise<void>
  /** Deletes all numbers below `number`. */
  deleteBefore(number: number): Promise<void>
}

/**
 * Opens a numbered list. Nothing is read or written yet.
 * @param prefix of the keys, with a `/` at its end
 * @param digits to which numbers are padded with zeros, so that names sort by number; 0: not padded
 */
export function numbered(
  store: Pick<Store, 'create' | 'read' | 'children' | 'delete'>,
  prefix: string,
  digits: number,
): Numbered {
  const nameOf = (number: number) => `${String(number).padStart(digits, '0')}.json`
  const keyOf = (number: number) => prefix + nameOf(number)
  const create = (number: number, content: string) => store.create(keyOf(number), content)

  const after = async (number: number): Promise<number[]> => {
    // Names that are not padded do not sort by number, so the store cannot leave any out.
    const names = await store.children(prefix, digits > 0 && number > 0 ? { after: nameOf(number) } : {})
    return names
      .map((name) => Number.parseInt(name, 10))
      .filter((each) => each > number)
      .sort((a, b) => a - b)
  }
  const newest = async (known = 0): Promise<number> => (await after(known)).at(-1) ?? known

  return {
    keyOf,
    after,
    newest,
    create,
    at: (number) => store.read(keyOf(number)),
    async append(content, known) {
      for (let last = known ?? (await newest()); ; last = await newest(last)) {
        const number = last + 1
        if (await create(number, typeof content === 'string' ? content : content(number))) return number
      }
    },
    delete: (number) => store.delete(keyOf(number)),
    async deleteBefore(number) {
      for (const each of await after(0)) if (each < number) await store.delete(keyOf(each))
    },
  }
}
