import { FitserveError, quoted } from '../errors.ts'
import type { Change } from './generations.ts'
import type { Description, ModelState } from './model-log.ts'
import { findVersion } from './model-lookup.ts'

/**
 * Bytes of the descriptions and tags of a model and of all its versions, as JSON: each generation of the log holds
 * them all.
 */
const MAX_DESCRIPTIONS = 256 * 1024

/** What is to be said of a model or a version; what is absent stays as it is. */
export interface DescriptionChange {
  /** A text of any lines; empty or null: none. */
  description?: string | null | undefined
  /** All tags, which replace those before. */
  tags?: Readonly<Record<string, string>> | undefined
}

/** A description, which may be empty, and tags, which may be none. */
export interface Described {
  description: string | null
  tags: Readonly<Record<string, string>>
}

/** Returns what is said of a model or a version. */
export function descriptionOf({ description, tags = {} }: Description): Described {
  return { description: description ?? null, tags }
}

/** Tells whether something has a tag, and with this value. @param value undefined: whatever its value is */
export function hasTag(
  { tags = {} }: Pick<Description, 'tags'>,
  key: string,
  value: string | undefined,
): boolean {
  return Object.hasOwn(tags, key) && (value === undefined || tags[key] === value)
}

/**
 * Returns the change that describes a model, or one of its versions; undefined where that is said already.
 * @param version undefined: the model itself
 * @throws FitserveError `unknown-version`, `invalid-request` if the model has no room for it
 */
export function described(
  state: ModelState,
  model: string,
  version: number | undefined,
  change: DescriptionChange,
): Change | undefined {
  const before = version === undefined ? state : findVersion(state, model, version)
  const after = changed(descriptionOf(before), change)
  if (isSame(descriptionOf(before), descriptionOf(after))) return undefined
  const next =
    version === undefined
      ? { ...undescribed(state), ...after }
      : {
          ...state,
          versions: state.versions.map((each) =>
            each.version === version ? { ...undescribed(each), ...after } : each,
          ),
        }
  checkRoom(next, model)
  return { events: [{ type: 'described', version: version ?? null }], state: next }
}

/** Returns a model's state, or a version, without what is said of it. */
export function undescribed<Any extends Description>({
  description: _,
  tags: __,
  ...rest
}: Any): Omit<Any, keyof Description> {
  return rest
}

/** Returns a description as the log keeps it, which has no empty ones. */
function changed(before: Described, { description, tags }: DescriptionChange): Description {
  const text = description === undefined ? before.description : description
  const all = tags ?? before.tags
  return {
    ...(text === null || text === '' ? {} : { description: text }),
    ...(Object.keys(all).length === 0 ? {} : { tags: { ...all } }),
  }
}

function isSame(a: Described, b: Described): boolean {
  const inOrder = ({ tags }: Described) => JSON.stringify(Object.entries(tags).sort())
  return a.description === b.description && inOrder(a) === inOrder(b)
}

function checkRoom(state: ModelState, model: string): void {
  const all = [state, ...state.versions]
    .map(descriptionOf)
    .filter(({ description, tags }) => description !== null || Object.keys(tags).length > 0)
  const bytes = Buffer.byteLength(JSON.stringify(all))
  if (bytes <= MAX_DESCRIPTIONS) return
  const message = `With this, the descriptions and tags of ${quoted(model)} and its versions would take up ${bytes} bytes as JSON; at most ${MAX_DESCRIPTIONS} are possible. Shorten those of old versions.`
  throw new FitserveError('invalid-request', message, { problems: [{ path: '', message }] })
}
