import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'

/**
 * Returns a schema that accepts a name in any of its spellings and gives the spelling that responses use. Names are
 * compared without case, `_` and `-`, so Keras's `binary_crossentropy` equals tfjs's `binaryCrossentropy`.
 * @param what kind of name, for messages
 * @param names further spellings of each name, by the spelling that responses use
 */
export function spellings<const Name extends string>(what: string, names: Record<Name, readonly string[]>) {
  const answered = Object.keys(names) as Name[]
  const known = new Map<string, Name>()
  for (const name of answered) for (const spelling of [name, ...names[name]]) known.set(plain(spelling), name)
  return z.preprocess(
    (value) => (typeof value === 'string' ? (known.get(plain(value)) ?? value) : value),
    z.enum(answered as [Name, ...Name[]], {
      error: (issue) =>
        `Unknown ${what}${suggestion(issue.input, answered)} Use one of ${answered.join(', ')}.`,
    }),
  )
}

/** Returns what `spellings` takes: each name of a registry with the further spellings of its entry. */
export function spellingsOf<Name extends string>(
  registry: Readonly<Record<Name, { spellings: readonly string[] }>>,
): Record<Name, readonly string[]> {
  const names = Object.keys(registry) as Name[]
  return Object.fromEntries(names.map((name) => [name, registry[name].spellings])) as Record<
    Name,
    readonly string[]
  >
}

/** Returns a schema that also accepts `"adam"` for `{"type":"adam"}`, and a type in any of its spellings. */
export function namedOrObject<Name extends z.ZodType, Value extends z.ZodType>(name: Name, schema: Value) {
  return z.preprocess((value, context) => {
    const short = typeof value === 'string'
    if (!short && (value === null || typeof value !== 'object' || !('type' in value))) return value
    const parsed = name.safeParse(short ? value : value.type)
    if (parsed.success) return short ? { type: parsed.data } : { ...value, type: parsed.data }
    const message = parsed.error.issues[0]?.message ?? 'Unknown name.'
    context.addIssue({ code: 'custom', path: short ? [] : ['type'], message })
    return z.NEVER
  }, schema)
}

/** Characters of a name above which nobody has misspelt it. The time of a comparison grows with both lengths. */
const MAX_COMPARED = 100
/** Known names above which none is looked for, more than a table has columns. */
const MAX_KNOWN = 5_000

/** Returns the end of a sentence about an unknown name: ` "adan". Did you mean "adam"?`, or only ` "foo".` */
export function suggestion(input: unknown, known: readonly string[]): string {
  if (typeof input !== 'string' || input.length > MAX_COMPARED) return '.'
  const near = nearest(input, known)
  const hint = near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`
  return ` ${JSON.stringify(input)}.${hint}`
}

/**
 * Returns the known name most similar to a misspelt one; undefined if more than a third of its letters differ, the name
 * is longer than 100 characters, or more than 5,000 are known.
 */
export function nearest(input: string, known: readonly string[]): string | undefined {
  if (input.length > MAX_COMPARED || known.length > MAX_KNOWN) return undefined
  // Names differ in at least as many letters as their lengths do.
  const similar = known.filter((name) => Math.abs(name.length - input.length) <= allowance(name))
  if (similar.length === 0) return undefined
  const name = closest(input, similar)
  return distance(input.toLowerCase(), name.toLowerCase()) <= allowance(name) ? name : undefined
}

/** Returns how many letters of a name may be wrong. */
function allowance(name: string): number {
  return Math.max(1, Math.ceil(name.length / 3))
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '')
}
