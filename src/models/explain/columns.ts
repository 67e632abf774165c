import { counted } from '../../numbers.ts'
import type { Row } from '../../recipe/table.ts'
import type { LocatedTerm, LocatedTerms } from '../encoders/located-terms.ts'
import type { RowEncoder } from '../encoders/row-encoder.ts'
import type { Contribution, ExplainedNote } from './explanation.ts'
import type { RowAmounts } from './row-amounts.ts'

/** The terms of a row's texts, by the name of the column. */
export type LocatedTexts = ReadonlyMap<string, LocatedTerms>

/** Finds the terms of a row's texts, and their places. */
export function readTexts({ columns }: RowEncoder, row: Row): LocatedTexts {
  const texts = new Map<string, LocatedTerms>()
  for (const { name, encoder } of columns) {
    const value = row[name] ?? null
    if (encoder.locate && typeof value === 'string' && encoder.gap?.(value) === undefined)
      texts.set(name, encoder.locate(value))
  }
  return texts
}

/** What a term or a feature adds, before it is told: of most terms of a long text nothing else is. */
export interface Amount {
  readonly contribution: number
  readonly feature: string
  /** The term of the feature's text. */
  readonly term?: LocatedTerm
}

/**
 * Adds up what the positions of a row contribute to terms and features.
 * @param factor by which the amounts are multiplied
 */
export function amountsByColumn(
  { columns }: RowEncoder,
  amounts: RowAmounts,
  texts: LocatedTexts,
  factor: number,
): Amount[] {
  const amountOf = (position: number) => amounts.of(position) * factor
  return columns.flatMap(({ name, encoder, base, bins }): Amount[] => {
    if (encoder.locate) {
      const terms = texts.get(name)?.terms ?? []
      const ofColumn = (position: number) => amountOf(base + position)
      const shared = sharedAmounts(terms, ofColumn)
      return terms.map((term) => {
        const contribution = (term.shared?.partOf(shared) ?? 0) + term.sum(ofColumn)
        return { contribution, feature: name, term }
      })
    }
    let contribution = 0
    for (const part of [{ encoder, base }, bins ?? []].flat())
      for (let position = part.base; position < part.base + part.encoder.width; position++)
        contribution += amountOf(position)
    return [{ contribution, feature: name }]
  })
}

/** Returns what the inputs contribute that the terms of a text share. */
function sharedAmounts(terms: readonly LocatedTerm[], amountOf: (position: number) => number): Float64Array {
  const shared = terms.find((term) => term.shared !== null)?.shared
  const amounts = new Float64Array(shared?.width ?? 0)
  for (let at = 0; at < amounts.length; at++) amounts[at] = amountOf((shared?.base ?? 0) + at)
  return amounts
}

/** Returns an amount as it is answered. @param isOnly whether the model has one column, which is not named with its terms */
export function toldAmount({ contribution, feature, term }: Amount, isOnly: boolean): Contribution {
  if (!term) return { feature, contribution }
  const { known, count, spans } = term
  // Almost all have these three fields alone, which V8 reads fastest.
  const told: Contribution = { term: term.term, contribution, spans }
  if (!isOnly) told.feature = feature
  if (count > spans.length) told.count = count
  if (!known) told.known = false
  return told
}

/** Returns what a row leaves open: gaps, values outside of what was learnt, unknown words and texts that are cut. */
export function notesOf({ columns }: RowEncoder, row: Row, texts: LocatedTexts): ExplainedNote[] {
  return columns.flatMap(({ name, encoder }): ExplainedNote[] => {
    const value = row[name] ?? null
    const gap = encoder.gap?.(value)
    if (gap !== undefined) return [{ feature: name, code: 'gap', message: gap }]
    const unlearnt = encoder.unlearnt?.(value)
    const text = texts.get(name)
    return [...(unlearnt ? [{ feature: name, ...unlearnt }] : []), ...(text ? notesOfText(name, text) : [])]
  })
}

function notesOfText(column: string, { symbols, unit, unknown, cut }: LocatedTerms): ExplainedNote[] {
  const notes: ExplainedNote[] = []
  if (unknown > 0) {
    const message = `The model knows no term with ${unknown.toLocaleString('en')} of ${counted(symbols, unit)}.`
    notes.push({ feature: column, code: 'unknown-words', message, share: unknown / symbols })
  }
  if (cut > 0) {
    const message = `The model reads ${counted(symbols, 'word')} of a text, so ${cut.toLocaleString('en')} of this one are left out.`
    notes.push({ feature: column, code: 'cut-text', message, share: cut / (symbols + cut) })
  }
  return notes
}
