import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../../src/store/contract.ts'

/** Calls that ask a store once: each waits as for a bucket that is some way off. */
const CALLS: ReadonlySet<PropertyKey> = new Set<keyof Store>([
  'create',
  'createFromFile',
  'read',
  'has',
  'children',
  'delete',
  'localFile',
  'stream',
])

/** Returns a store each of whose calls takes some milliseconds longer. */
export function slowStore(store: Store, milliseconds: number): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args)
      if (!CALLS.has(name)) return call
      return async (...args: unknown[]): Promise<unknown> => {
        await wait(milliseconds)
        return call(...args)
      }
    },
  })
}
