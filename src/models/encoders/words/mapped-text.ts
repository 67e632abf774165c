import { decodeHTMLStrict } from 'entities/decode'
import { inNfc } from '../../../normal-form.ts'
import { inCompatibleForm, withoutCase } from './compatible.ts'
import { ENTITIES, ENTITY, PICTOGRAPH, pictographApart, type ScanOptions, TAG } from './html.ts'

/** A text that was made of another one, the original, with the places in it that its characters come from. */
export interface MappedText {
  readonly text: string
  /** For each UTF-16 unit, where its origin begins and ends; null: each unit is where it was. */
  readonly places: { readonly starts: Uint32Array; readonly ends: Uint32Array } | null
}

/** Returns the place in the original of the units from `start` to before `end`; an empty one for none. */
export function placeOf({ places }: MappedText, start: number, end: number): [start: number, end: number] {
  if (!places) return [start, end]
  if (end > start) return [places.starts[start] ?? 0, places.ends[end - 1] ?? 0]
  const at = places.starts[start] ?? places.ends[start - 1] ?? 0
  return [at, at]
}

const HTML5_ENTITY = /&#?[0-9A-Za-z]+;/g
/**
 * A character with what composes with it: marks, those of half-width letters too, and Korean vowels and finals.
 */
const CLUSTER =
  /[^\p{M}\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f][\p{M}\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]*|[\p{M}\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]+/gu
/** The only character that becomes longer in small letters. */
const LONGER_IN_SMALL = /\u0130/g
const SHARP_S = /ß/g
const WHITE_SPACE = /\s+/g

/** Returns the text that `plainText` of html.ts returns, mapped to where its characters stand. */
export function mappedPlainText(source: string, options: ScanOptions): MappedText {
  const { lowercase, stripHtml, unicode, entities } = options
  let mapped: MappedText = { text: source, places: null }
  if (stripHtml && source.includes('<')) mapped = replaced(mapped, TAG, () => ' ')
  if (stripHtml && source.includes('&'))
    mapped = entities
      ? replaced(mapped, HTML5_ENTITY, (found) => decodeHTMLStrict(found))
      : replaced(mapped, ENTITY, (found) => ENTITIES[found] ?? ' ')
  // No step below changes ASCII, but for capital letters.
  if (isAscii(mapped.text)) return lowercase ? { ...mapped, text: mapped.text.toLowerCase() } : mapped
  if (mapped.text.includes('’')) mapped = { ...mapped, text: mapped.text.replaceAll('’', "'") }
  if (unicode) mapped = composed(mapped, unicode === 'nfc' ? inNfc : inCompatibleForm)
  if (!lowercase) return mapped
  const long = replaced(mapped, LONGER_IN_SMALL, (found) => found.toLowerCase())
  const small = { ...long, text: long.text.toLowerCase() }
  if (unicode !== 'nfkc') return small
  const folded = replaced(small, SHARP_S, () => 'ss')
  return { ...folded, text: withoutCase(folded.text) }
}

/** Returns a text with spaces around each pictograph, as `withPictographsApart` does. */
export function mappedPictographsApart(mapped: MappedText): MappedText {
  return isAscii(mapped.text) ? mapped : replaced(mapped, PICTOGRAPH, pictographApart)
}

/** Returns a text in which white space of any length is one space, without any at its ends. */
export function mappedSingleSpaces(mapped: MappedText): MappedText {
  const { text, places } = replaced(mapped, WHITE_SPACE, () => ' ')
  const start = text.startsWith(' ') ? 1 : 0
  const end = Math.max(start, text.endsWith(' ') ? text.length - 1 : text.length)
  if (start === 0 && end === text.length) return { text, places }
  const range = (positions: Uint32Array) => positions.subarray(start, end)
  const { starts, ends } = places ?? identity(text.length)
  return { text: text.slice(start, end), places: { starts: range(starts), ends: range(ends) } }
}

/** Only ASCII has a byte for each character. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

function composed(mapped: MappedText, formOf: (text: string) => string): MappedText {
  const whole = formOf(mapped.text)
  if (whole === mapped.text) return mapped
  const result = replaced(mapped, CLUSTER, formOf)
  if (result.text === whole) return result
  // Characters of several clusters were composed, as in a few rare scripts: all that is known is the whole text.
  const [, end] = placeOf(mapped, 0, mapped.text.length)
  return {
    text: whole,
    places: { starts: new Uint32Array(whole.length), ends: new Uint32Array(whole.length).fill(end) },
  }
}

function identity(length: number): { starts: Uint32Array; ends: Uint32Array } {
  return {
    starts: Uint32Array.from({ length }, (_, at) => at),
    ends: Uint32Array.from({ length }, (_, at) => at + 1),
  }
}

/** Replaces the matches of a pattern, as `String.replace` does. Each unit of a replacement has the place of its match. */
function replaced(
  mapped: MappedText,
  pattern: RegExp,
  replace: (found: string, group: string) => string,
): MappedText {
  const edits: { start: number; end: number; by: string }[] = []
  let growth = 0
  for (const match of mapped.text.matchAll(pattern)) {
    const [found, group = ''] = match
    const by = replace(found, group)
    if (by === found) continue
    edits.push({ start: match.index, end: match.index + found.length, by })
    growth += by.length - found.length
  }
  if (edits.length === 0) return mapped
  const length = mapped.text.length + growth
  const starts = new Uint32Array(length)
  const ends = new Uint32Array(length)
  let text = ''
  let read = 0
  const keep = (end: number) => {
    for (let at = read, to = text.length; at < end; at++, to++) {
      starts[to] = mapped.places?.starts[at] ?? at
      ends[to] = mapped.places?.ends[at] ?? at + 1
    }
    text += mapped.text.slice(read, end)
  }
  for (const { start, end, by } of edits) {
    keep(start)
    const [from, to] = placeOf(mapped, start, end)
    starts.fill(from, text.length, text.length + by.length)
    ends.fill(to, text.length, text.length + by.length)
    text += by
    read = end
  }
  keep(mapped.text.length)
  return { text, places: { starts, ends } }
}
