import { listQuoted, quoted } from '../errors.ts'
import { inClassForm } from '../normal-form.ts'
import { counted } from '../numbers.ts'
import type { Warning } from '../warnings.ts'
import { MULTI_LABEL_DEFAULTS } from './defaults.ts'
import { PLACEHOLDERS } from './placeholders.ts'
import type { ColumnDescription } from './table.ts'

/** Placeholders that are words, and may well be the name of a class. */
const WORDS = ['na', 'nil', 'none', 'missing', 'unknown', 'undefined']
const NO_WORDS = new Set(PLACEHOLDERS.filter((text) => !WORDS.includes(text)))
/** Characters that commonly stand between the parts of a class which names several: `comedy|drama`. */
const SEPARATORS = ['|', ';', ',']
/** Groups of similar classes that a message names. */
const NAMED_GROUPS = 3
/** Classes beyond which none are compared: the column then has no few labels. */
const MAX_COMPARED = 10_000

/** Keeps the warnings of columns that were looked at: a search completes a recipe for the same target a thousand times. */
function once(
  warningsOf: (column: ColumnDescription) => Warning[],
): (column: ColumnDescription) => Warning[] {
  const known = new WeakMap<ColumnDescription, Warning[]>()
  return (column) => {
    const warnings = known.get(column) ?? warningsOf(column)
    known.set(column, warnings)
    return warnings
  }
}

/**
 * Returns the warnings about the classes of a column, if it has any: those that may be meant as one, and those that name
 * several.
 */
export const warningsOfClasses = once(classWarnings)

function classWarnings({ name, type, classes }: ColumnDescription): Warning[] {
  if (type === 'boolean' || !classes) return []
  const names = Object.keys(classes)
  if (names.length > MAX_COMPARED) return []
  const rowsOf = (some: readonly string[]) =>
    some.reduce((sum, each) => sum + (Object.hasOwn(classes, each) ? (classes[each] ?? 0) : 0), 0)
  const warnings: Warning[] = []
  const groups = similarClasses(names)
  if (groups.length > 0) {
    const shown = groups.slice(0, NAMED_GROUPS).map(listQuoted)
    const more =
      groups.length > NAMED_GROUPS ? ` (and ${counted(groups.length - NAMED_GROUPS, 'more group')})` : ''
    warnings.push({
      code: 'similar-classes',
      column: name,
      count: rowsOf(groups.flat()),
      message: `Classes of ${quoted(name)} differ only in case, spaces or the form of their characters, and are different classes: ${shown.join('; ')}${more}. If they are meant as one, set the recipe's "mergeClasses" to true, or write them alike in the file.`,
    })
  }
  if (names.length > 0 && names.every((each) => each !== each.trim()))
    warnings.push({
      code: 'outer-spaces',
      column: name,
      count: rowsOf(names),
      message: `All classes of ${quoted(name)} begin or end with a space, such as ${listQuoted(names.slice(0, NAMED_GROUPS))}: requests and answers have it too. To do without, remove the spaces from the file.`,
    })
  const { combined, separator } = combinedClasses(names)
  const remedy = separator === MULTI_LABEL_DEFAULTS.separator ? 'true' : `{"separator": "${separator}"}`
  if (combined.length > 0)
    warnings.push({
      code: 'combined-classes',
      column: name,
      count: rowsOf(combined),
      message: `Classes of ${quoted(name)} share parts, such as ${listQuoted(combined.slice(0, NAMED_GROUPS))}, and each is learnt as a class of its own. If a row may have several labels, set the recipe's "multiLabel" to ${remedy}.`,
    })
  return warnings
}

/** Returns the warning about classes of a target that are what programs write for a missing value; at most one. */
export const warningsOfPlaceholders = once(placeholderWarnings)

function placeholderWarnings({ name, classes = {} }: ColumnDescription): Warning[] {
  const found = Object.entries(classes).filter(([each]) => NO_WORDS.has(each.trim().toLowerCase()))
  if (found.length === 0) return []
  const names = found.map(([each]) => each)
  const learnt = `${names.length === 1 ? 'class' : 'classes'} ${listQuoted(names)} ${names.length === 1 ? 'is' : 'are'} learnt`
  return [
    {
      code: 'placeholder-class',
      column: name,
      count: found.reduce((sum, [, count]) => sum + count, 0),
      message: `Of ${quoted(name)} the ${learnt}, which programs write where a value is missing. If the rows have no label, upload the file with missing=${names.map(encodeURIComponent).join(',')}, and they are left out.`,
    },
  ]
}

/** Returns groups of classes that are equal but for case, white space and the Unicode form. */
function similarClasses(names: readonly string[]): string[][] {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const form = inClassForm(name)
    const group = groups.get(form)
    if (group) group.push(name)
    else groups.set(form, [name])
  }
  return [...groups.values()].filter(({ length }) => length > 1)
}

/** Returns the classes that consist of parts of which each is a class, or a part of another one, and what divides them. */
function combinedClasses(names: readonly string[]): { combined: string[]; separator: string } {
  for (const separator of SEPARATORS) {
    const partsOf = (name: string) => name.split(separator).map((part) => part.trim())
    const uses = new Map<string, number>()
    for (const name of names)
      for (const part of new Set(partsOf(name))) uses.set(part, (uses.get(part) ?? 0) + 1)
    const combined = names.filter((name) => {
      const parts = partsOf(name)
      // 1,000 is a number.
      if (separator === ',' && parts.every((part) => /^\d+$/.test(part))) return false
      return parts.length > 1 && parts.every((part) => part !== '' && (uses.get(part) ?? 0) > 1)
    })
    if (combined.length > 0) return { combined, separator }
  }
  return { combined: [], separator: '' }
}
