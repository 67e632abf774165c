import { type Material, mutated } from './bytes.ts'
import type { Draws } from './random.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Stands for a value that is deeper than any parser's stack allows. */
const DEEP = '@deep@'
const DEPTH = 50_000

/** Values that few programs expect where another value belongs. */
const VALUES: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  0.1,
  1e308,
  -1e-320,
  2 ** 53,
  2 ** 31,
  1e9,
  '',
  ' ',
  'a',
  '0',
  'NaN',
  '1e999',
  '\u0000',
  '\uD800',
  '../../etc/passwd',
  '%00',
  '__proto__',
  'constructor',
  '한국어',
  'e\u0301',
  '2026-02-30',
  '{"a":1}',
  [],
  {},
  [[]],
  [null],
  { toString: 'a' },
  { length: 3 },
  DEEP,
]

/** Keys that objects of JavaScript have by themselves, or that stand in requests. */
const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '0',
  'model',
  'recipe',
  'name',
  'a.b',
]

/** Returns the text of a JSON value in which a few values were replaced, removed, repeated or renamed. */
export function mutatedJson(draws: Draws, corpus: readonly Json[]): Buffer {
  let value = draws.of(corpus.map((each) => [each] as const))[0]
  for (let changes = 1 + draws.below(3); changes > 0; changes--) value = changed(value, draws)
  const text = JSON.stringify(value).replaceAll(`"${DEEP}"`, () => deep(draws))
  const bytes = Buffer.from(text)
  return draws.chance(0.25) ? mutated(draws, { corpus: [bytes], words: JSON_WORDS }) : bytes
}

/** Texts that mean something in JSON. */
export const JSON_WORDS: Material['words'] = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  'null',
  'true',
  '1e999',
  '-0',
  '00',
  '\uFEFF',
  '\u2028',
  '\n',
  '{"__proto__":{}}',
]

function deep(draws: Draws): string {
  const [open, close] = draws.of([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  return `${open.repeat(DEPTH)}1${close.repeat(DEPTH)}`
}

/** Returns a value in which one value, at any depth, is another one. */
function changed(value: Json, draws: Draws): Json {
  if (typeof value !== 'object' || value === null || draws.chance(0.15)) return replacement(value, draws)
  if (Array.isArray(value)) return changedList(value, draws)
  return changedObject(value, draws)
}

function changedList(list: Json[], draws: Draws): Json {
  const at = draws.below(list.length + 1)
  const before = list.slice(0, at)
  const [own, ...after] = list.slice(at)
  if (own === undefined) return [...list, replacement(null, draws)]
  switch (draws.below(4)) {
    case 0:
      return [...before, ...after]
    case 1:
      return [...before, ...Array.from({ length: draws.length() % 5_000 }, () => own), ...after]
    default:
      return [...before, changed(own, draws), ...after]
  }
}

function changedObject(object: { [key: string]: Json }, draws: Draws): Json {
  const entries = Object.entries(object)
  const at = draws.below(entries.length + 1)
  const entry = entries[at]
  if (entry === undefined) entries.push([draws.of(KEYS), replacement(null, draws)])
  else entries.splice(at, 1, ...changedEntry(entry, draws))
  // Not an assignment, which would set the prototype by the key `__proto__`.
  return Object.fromEntries(entries)
}

/** Returns what takes an entry's place: nothing, its value under another key, or another value. */
function changedEntry([key, value]: [string, Json], draws: Draws): [string, Json][] {
  switch (draws.below(8)) {
    case 0:
      return []
    case 1:
      return [[draws.of(KEYS), value]]
    default:
      return [[key, changed(value, draws)]]
  }
}

function replacement(value: Json, draws: Draws): Json {
  if (typeof value === 'number' && draws.chance(0.4)) return value * draws.of([-1, 0, 1e3, 1e6, 1e12, 0.5])
  if (typeof value === 'string' && draws.chance(0.3)) return value.repeat(draws.length() % 10_000)
  return draws.of(VALUES.map((each) => [each] as const))[0]
}
