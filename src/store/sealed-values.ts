import type { z } from 'zod'
import { FitserveError, unlessDamaged } from '../errors.ts'
import type { Store } from './contract.ts'
import { unseal } from './sealed.ts'

/** What a damaged value means to the reader: `skip` takes it for absent, `throw` refuses it with `message`. */
export type OnDamage = { onDamage: 'skip' } | { onDamage: 'throw'; message: string }

/** Options of reading a sealed value. */
export type ReadSealedOptions = OnDamage & {
  /**
   * Returns the value as it was written and not the schema's copy, which would lose a key that is called `__proto__`.
   * Defaults and transforms of the schema then do not apply.
   */
  asWritten?: boolean
}

/**
 * Reads a value that `seal` wrote. JSON without a seal is taken as it is.
 * @returns the value; undefined where the key is absent, or the value damaged and `onDamage` says `skip`
 * @throws FitserveError `corrupt-artifact` with the given message where the value is damaged and `onDamage` says
 *   `throw`
 */
export async function readSealed<Schema extends z.ZodType>(
  store: Pick<Store, 'read'>,
  key: string,
  schema: Schema,
  options: ReadSealedOptions,
): Promise<z.output<Schema> | undefined> {
  if (options.onDamage === 'skip')
    return unlessDamaged(() => readSealed(store, key, schema, { ...options, onDamage: 'throw', message: '' }))
  try {
    const bytes = await store.read(key)
    return bytes && openSealed(bytes, schema, options)
  } catch (cause) {
    // A store that checks its bytes by itself does not know what they mean.
    if (cause instanceof FitserveError && cause.code !== 'corrupt-artifact') throw cause
    throw new FitserveError('corrupt-artifact', options.message, { cause })
  }
}

/**
 * Checks the bytes of a sealed value and returns it.
 * @throws SyntaxError or the schema's error where they are damaged
 */
export function openSealed<Schema extends z.ZodType>(
  bytes: Uint8Array,
  schema: Schema,
  { asWritten = false }: { asWritten?: boolean } = {},
): z.output<Schema> {
  const value = unseal(bytes)
  const copy = schema.parse(value)
  return asWritten ? (value as z.output<Schema>) : copy
}
