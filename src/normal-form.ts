/**
 * Marks in a row up to which a text is brought to a normal form. Sorting them takes the square of their number, so that
 * a letter with 100,000 accents would hold up the process for minutes. Unicode itself proposes a limit of 30.
 */
export const MOST_MARKS = 100

/** Two or more marks, such as accents, in a row. */
const MARKS = /\p{M}{2,}/gu

/**
 * Returns a text in Unicode's normal form NFC, in which each letter has one spelling only: é may also be written as e
 * and an accent, and a Korean syllable letter by letter. A text with more than `MOST_MARKS` in a row stays as it is.
 */
export function inNfc(text: string): string {
  return inNormalForm(text, 'NFC')
}

/** As `inNfc`, in the form NFKC, which also unites letters that differ in their look only. */
export function inNfkc(text: string): string {
  return inNormalForm(text, 'NFKC')
}

/**
 * Returns a text in a form that is equal for classes which differ only in case, white space or the look of their
 * characters: NFKC in small letters, each run of spaces and invisible characters as one space, and none around it.
 */
export function inClassForm(text: string): string {
  return inNfkc(text)
    .replace(/[\s\p{Cf}]+/gu, ' ')
    .trim()
    .toLowerCase()
}

function inNormalForm(text: string, form: 'NFC' | 'NFKC'): string {
  return hasManyMarks(text) ? text : text.normalize(form)
}

function hasManyMarks(text: string): boolean {
  if (text.length <= MOST_MARKS) return false
  for (const [marks] of text.matchAll(MARKS)) {
    // Marks beyond the first plane have two code units.
    if (marks.length > MOST_MARKS && [...marks].length > MOST_MARKS) return true
  }
  return false
}

/**
 * Returns a function that finds values by name, whatever normal form the name has. A name that is spelled exactly as
 * asked for comes first, so data sets and versions with two spellings of one name keep both.
 */
export function nfcLookup<T extends object | number | string>(
  entries: Iterable<readonly [name: string, value: T]>,
): (name: string) => T | undefined {
  return lookupBy(inNfc, entries)
}

/** Returns a function that finds values by the name of a class, however it is spelled (see `inClassForm`). */
export function classLookup<T extends object | number | string>(
  entries: Iterable<readonly [name: string, value: T]>,
): (name: string) => T | undefined {
  return lookupBy(inClassForm, entries)
}

/** Returns a function that finds values by name in any spelling of one form; the exact spelling comes first. */
function lookupBy<T extends object | number | string>(
  formOf: (name: string) => string,
  entries: Iterable<readonly [name: string, value: T]>,
): (name: string) => T | undefined {
  const exact = new Map(entries)
  const byForm = new Map<string, T>()
  for (const [name, value] of exact) {
    const form = formOf(name)
    if (form !== name && !exact.has(form) && !byForm.has(form)) byForm.set(form, value)
  }
  return (name) => {
    const found = exact.get(name)
    if (found !== undefined) return found
    const form = formOf(name)
    return exact.get(form) ?? byForm.get(form)
  }
}
