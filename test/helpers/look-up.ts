import type { LookupFunction } from 'node:net'
import { guardedLookup } from '../../src/runtime/addresses.ts'

/**
 * Looks a name up as a guarded connection does, where the system knows these addresses.
 * @param hosts that may have private addresses
 * @param answer the addresses of the name; undefined: it has none
 * @param all whether all addresses are asked for, or one
 * @returns the fault, or null, and the addresses that the connection gets
 */
export function lookUp(
  hostname: string,
  hosts: readonly string[],
  answer: readonly string[] | undefined,
  all = true,
): Promise<{ error: Error | null; addresses: unknown[] }> {
  const known = (answer ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const resolve: LookupFunction = (_hostname, options, done) => {
    const [first] = known
    if (!first) done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [])
    else if (options.all) done(null, known)
    else done(null, first.address, first.family)
  }
  return new Promise((settle) =>
    guardedLookup(hosts, resolve)(hostname, { all }, (error, found) =>
      settle({ error, addresses: Array.isArray(found) ? found.map(({ address }) => address) : [found] }),
    ),
  )
}
