import { counted } from '../../numbers.ts'
import type { Row } from '../../recipe/table.ts'
import type { LocatedTerms } from '../encoders/located-terms.ts'
import type { RowEncoder } from '../encoders/row-encoder.ts'
import type { Contribution, ExplainedNote } from './explanation.ts'

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

/**
 * Adds up what the positions of a row contribute to terms and features.
 * @param amounts contribution of each position
 * @param factor by which they are multiplied
 */
export function contributionsByColumn(
  { columns }: RowEncoder,
  amounts: ReadonlyMap<number, number>,
  texts: LocatedTexts,
  factor: number,
): Contribution[] {
  const amountOf = (position: number) => (amounts.get(position) ?? 0) * factor
  const isOnly = columns.length === 1
  return columns.flatMap(({ name, encoder, base, bins }): Contribution[] => {
    if (encoder.locate)
      return (texts.get(name)?.terms ?? []).map(({ term, known, positions, spans, count }) => {
        let contribution = 0
        for (const position of positions) contribution += amountOf(base + position)
        // Almost all have these three fields alone, which V8 reads fastest.
        const told: Contribution = { term, contribution, spans }
        if (!isOnly) told.feature = name
        if (count > spans.length) told.count = count
        if (!known) told.known = false
        return told
      })
    let contribution = 0
    for (const part of [{ encoder, base }, bins ?? []].flat())
      for (let position = part.base; position < part.base + part.encoder.width; position++)
        contribution += amountOf(position)
    return [{ feature: name, contribution }]
  })
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
