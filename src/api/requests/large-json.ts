import { FitserveError } from '../../errors.ts'
import { inTurns, type Steps } from '../../runtime/steps.ts'
import { invalidJson } from './invalid-json.ts'

/** Limits on what a JSON text may hold, beside its length. */
export interface JsonLimits {
  /** Levels of objects and lists within each other. */
  levels: number
  /** Values: all objects, lists, texts, numbers and literals. */
  values: number
  /** Values of one item of a list in the outermost object, such as a row, and values outside of such lists. */
  valuesOfItem: number
  /** Different keys of all objects together. */
  keys: number
}

/** Limits of bodies that are checked by a schema: a recipe has some values for each of at most 4,000 columns. */
export const FORM_LIMITS: JsonLimits = {
  levels: 64,
  values: 50_000,
  valuesOfItem: 50_000,
  keys: 10_000,
}
/** Limits of bodies with rows: at most 4,000 columns, and as many values as fit into some 16 MiB. */
export const ROW_LIMITS: JsonLimits = {
  levels: 100_000,
  values: 3_000_000,
  valuesOfItem: 100_000,
  keys: 10_000,
}

/**
 * Characters of a text from which it is looked at before it is parsed. Below, parsing is quick whatever it holds: the
 * worst of as many characters, only different keys, take some 50 ms.
 */
const LARGE = 64 * 1024
/** What says how deep a JSON text is nested: its brackets, without those inside of strings. */
const STRINGS_AND_BRACKETS = /"(?:[^"\\]|\\.)*"?|[[\]{}]/gs
/** Characters that are read, or parsed, in one step. */
const STEP = 64 * 1024

/**
 * Refuses a JSON text beyond the limits, before anything is built of it. @throws FitserveError `invalid-request`,
 * `invalid-json`
 */
export async function checkJson(text: string, limits: JsonLimits): Promise<void> {
  if (text.length < LARGE) checkLevels(text, limits.levels)
  else await inTurns(new Outline(text, limits).read())
}

/** Refuses a short text that is nested deeper, valid or not. */
function checkLevels(text: string, levels: number): void {
  let level = 0
  for (const [mark] of text.matchAll(STRINGS_AND_BRACKETS)) {
    if (mark === '{' || mark === '[') level += 1
    else if (mark === '}' || mark === ']') level -= 1
    if (level > levels) throw tooDeep(levels)
  }
}

function tooDeep(levels: number): FitserveError {
  return new FitserveError('invalid-json', `The body is nested deeper than ${levels} levels.`)
}

/**
 * Parses a JSON text within limits that are known before anything is built, and without holding up the event loop: a
 * list of empty objects takes 25 times the memory of its text, and an object of a million keys several seconds. The
 * items of long lists in the outermost object, such as rows, are parsed in portions.
 * @throws FitserveError `invalid-request` beyond the limits, `invalid-json`
 */
export async function parseJson(text: string, limits: JsonLimits): Promise<unknown> {
  return text.length < LARGE ? parse(text, (position) => position) : inTurns(parseSteps(text, limits))
}

function* parseSteps(text: string, limits: JsonLimits): Steps<unknown> {
  const outline = new Outline(text, limits)
  const lists = yield* outline.read()
  const body = parse(withoutItems(text, lists), (position) => withItems(position, lists))
  if (lists.length === 0) return body
  if (outline.repeats) throw new FitserveError('invalid-json', 'The body has the same key twice.')
  for (const { key, cuts, end } of lists) {
    // The parser has found this list empty.
    const items = Reflect.get(body as object, key) as unknown[]
    for (const [index, start] of cuts.entries()) {
      yield
      const portion = text.slice(start, (cuts[index + 1] ?? end + 1) - 1)
      for (const item of itemsOf(portion, start)) items.push(item)
    }
  }
  return body
}

/** Parses a part of a text. @param place returns the index in the whole text of one in this part */
function parse(part: string, place: (position: number) => number): unknown {
  try {
    return JSON.parse(part)
  } catch (error) {
    throw new FitserveError('invalid-json', invalidJson(String(error), part.length, place))
  }
}

/** Parses some items of a list. @param start their index in the text */
function itemsOf(items: string, start: number): unknown[] {
  const portion = parse(`[${items}]`, (position) => start + position - 1) as unknown[]
  if (portion.length > 0) return portion
  throw new FitserveError(
    'invalid-json',
    `The body is not valid JSON: syntax error at character ${start + items.length + 1}.`,
  )
}

/** Returns the text with its long lists empty. */
function withoutItems(text: string, lists: readonly LongList[]): string {
  const kept: string[] = []
  let from = 0
  for (const { cuts, end } of lists) {
    kept.push(text.slice(from, cuts[0]))
    from = end
  }
  return kept.join('') + text.slice(from)
}

/** Returns the index in a text of one in the text without its long lists. */
function withItems(position: number, lists: readonly LongList[]): number {
  let place = position
  for (const { cuts, end } of lists) {
    const [start = 0] = cuts
    if (place >= start) place += end - start
  }
  return place
}

/** A long list in the outermost object. */
interface LongList {
  key: string
  /** Where portions of its items begin: the first behind the bracket, the others behind a comma. */
  cuts: number[]
  /** Index of its closing bracket. */
  end: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Reads where the values of a JSON text are, and counts them. What is no JSON is left to the parser. */
class Outline {
  readonly #text: string
  readonly #limits: JsonLimits
  readonly #keys = new Set<string>()
  readonly #outerKeys = new Set<string>()
  readonly #lists: LongList[] = []
  #level = 0
  #values = 0
  #valuesOfItem = 0
  #valuesOutside = 0
  /** The last text, which is a key if a colon follows. */
  #textFrom = 0
  #textTo = 0
  /** The key of the outermost object that was read last; undefined before the first one, and in an outermost list. */
  #outerKey: string | undefined
  /** The list of the outermost object that is open. */
  #open: LongList | undefined

  /** True if the outermost object has the same key twice. */
  repeats = false

  constructor(text: string, limits: JsonLimits) {
    this.#text = text
    this.#limits = limits
  }

  /** Returns the long lists. @throws FitserveError `invalid-request`, `invalid-json` beyond the limits */
  *read(): Steps<LongList[]> {
    const { length } = this.#text
    let pause = STEP
    for (let at = 0; at < length; at++) {
      at = this.#look(at)
      if (at < pause) continue
      pause = at + STEP
      yield
    }
    return this.#lists.filter(({ cuts }) => cuts.length > 1)
  }

  /** Looks at one character. Returns its index, or that of the quote that ends a text. */
  #look(at: number): number {
    switch (this.#text.charCodeAt(at)) {
      case QUOTE:
        this.#textFrom = at
        this.#textTo = endOfText(this.#text, at)
        return this.#textTo
      case COLON:
        this.#takeKey()
        return at
      case COMMA:
        this.#takeComma(at)
        return at
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.#takeOpening(at)
        return at
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.#takeClosing(at)
        return at
      default:
        return at
    }
  }

  #takeKey(): void {
    const key = this.#text.slice(this.#textFrom + 1, this.#textTo)
    this.#keys.add(key)
    if (this.#keys.size > this.#limits.keys) throw tooMany('different keys', this.#limits.keys)
    if (this.#level !== 1) return
    this.#outerKey = unescaped(key)
    if (this.#outerKeys.has(this.#outerKey)) this.repeats = true
    this.#outerKeys.add(this.#outerKey)
  }

  #countValue(): void {
    const { values, valuesOfItem } = this.#limits
    this.#values += 1
    if (this.#values > values) throw tooMany('values', values)
    if (this.#open) this.#valuesOfItem += 1
    else this.#valuesOutside += 1
    const isOver = this.#valuesOfItem > valuesOfItem || this.#valuesOutside > valuesOfItem
    if (isOver) throw tooMany('values in one place', valuesOfItem)
  }

  #takeComma(at: number): void {
    this.#countValue()
    if (this.#level !== 2 || !this.#open) return
    this.#valuesOfItem = 0
    const { cuts } = this.#open
    if (at - (cuts.at(-1) ?? 0) >= STEP) cuts.push(at + 1)
  }

  #takeOpening(at: number): void {
    this.#countValue()
    this.#level += 1
    const { levels } = this.#limits
    if (this.#level > levels) throw tooDeep(levels)
    // A list within an outermost list has no key, and no route takes it: it is parsed with the rest of the text.
    if (this.#level !== 2 || this.#outerKey === undefined || this.#text.charCodeAt(at) !== OPEN_LIST) return
    this.#open = { key: this.#outerKey, cuts: [at + 1], end: at }
    this.#lists.push(this.#open)
  }

  #takeClosing(at: number): void {
    this.#level -= 1
    if (this.#level !== 1 || !this.#open) return
    this.#open.end = at
    this.#open = undefined
    this.#valuesOfItem = 0
  }
}

/** Returns a key as the parser reads it. */
function unescaped(key: string): string {
  return key.includes('\\') ? String(parse(`"${key}"`, (position) => position)) : key
}

/** Returns the index of the quote that ends the text which begins at `start`; the end of all where there is none. */
function endOfText(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) === BACKSLASH) before -= 1
    if ((at - before) % 2 === 1) return at
  }
  return text.length
}

function tooMany(what: string, limit: number): FitserveError {
  const message = `The body has more than ${limit.toLocaleString('en')} ${what}. Send fewer at a time.`
  return new FitserveError('invalid-request', message, { problems: [{ path: '', message }] })
}
