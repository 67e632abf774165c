import { type CellRules, type DecimalSign, isScaled } from '../../recipe/index.ts'
import { cellNumber, formOf, type NumberForm, numberForm } from './cell-functions.ts'
import { type DuckDb, literal } from './duckdb.ts'
import { isEmpty, isNumber, isPlaceholder, numberOf } from './forms.ts'

/** Share of the texts of a column, in percent, below which a decimal sign that contradicts the others decides nothing. */
const STRAY = 1

/** How the texts of a column are read as numbers. */
export interface NumberReading {
  /** Absent: as plain numbers. */
  rules?: CellRules
  /** Texts that are numbers by these rules. */
  fit: number
  /** Texts that have two readings, and no other text shows which. */
  unclear: number
  /** Texts that are numbers of another unit. */
  otherUnits: number
  /** Those of them that are thousands, millions or billions. */
  scaled: number
  /** Texts that fit and have a decimal comma. */
  commas: number
  /** Texts that fit and have groups of digits, a unit or parentheses. */
  dressed: number
}

/** A form with the number of its texts. */
type Counted = NumberForm & { rows: number }

/**
 * Finds how each of some columns is read as numbers, from all of its texts but placeholders, in one statement.
 * @param decimal the decimal sign that the client gave; null: the texts show it
 * @param anyUnit whether texts of several units fit beside each other, because the client calls the column a number
 * @param anyScale whether abbreviations such as 5M are among these units
 */
export async function numberReadings(
  db: DuckDb,
  columns: readonly { c: string; anyUnit: boolean; anyScale: boolean }[],
  decimal: DecimalSign | null,
): Promise<NumberReading[]> {
  if (columns.length === 0) return []
  const forms = columns.map(({ c }) => `CAST(histogram(${numberForm(c)}) AS JSON)`)
  const [row = []] = await db.rows(`SELECT ${forms.join(', ')} FROM staging`)
  return columns.map(({ anyUnit, anyScale }, index) => {
    const counts = Object.entries(JSON.parse(String(row[index] ?? '{}')) as Record<string, number>)
    return readingOf(
      counts.map(([form, rows]) => ({ ...formOf(form), rows })),
      decimal,
      anyUnit,
      anyScale,
    )
  })
}

/** Returns how a column is read whose texts have these forms. */
export function readingOf(
  forms: readonly Counted[],
  given: DecimalSign | null,
  anyUnit: boolean,
  anyScale = true,
): NumberReading {
  const decimal = given ?? decimalOf(forms)
  const isClear = ({ separators }: NumberForm) =>
    decimal !== undefined ||
    !(separators === 'eitherComma' || (separators === 'eitherPoint' && hasCommas(forms)))
  const clear = forms.filter(isClear)
  const units = anyUnit ? unitsOf(clear).filter((unit) => anyScale || !isScaled(unit)) : bestUnits(clear)
  const fits = clear.filter(({ unit }) => units.includes(unit))
  const isCommaNumber = ({ separators }: NumberForm) =>
    separators === 'comma' || (separators === 'eitherComma' && decimal === ',')
  const isGrouped = ({ separators }: NumberForm) =>
    separators === (decimal === ',' ? 'eitherPoint' : 'eitherComma')
  const commas = rowsOf(fits.filter(isCommaNumber))
  const dressed = rowsOf(fits.filter((form) => form.isDressed || isGrouped(form)))
  const reading = {
    fit: rowsOf(fits),
    unclear: rowsOf(forms) - rowsOf(clear),
    otherUnits: rowsOf(clear) - rowsOf(fits),
    scaled: rowsOf(clear.filter(({ unit }) => isScaled(unit) && !units.includes(unit))),
    commas,
    dressed,
  }
  if (commas === 0 && dressed === 0 && given === null) return reading
  const rules: CellRules = {}
  if (decimal !== undefined) rules.decimal = decimal
  if (units.some((unit) => unit !== '')) rules.units = units
  return { ...reading, rules }
}

/** Returns the decimal sign that the texts with one reading only show; undefined if they show none or both. */
function decimalOf(forms: readonly Counted[]): DecimalSign | undefined {
  const points = rowsOf(forms.filter(({ separators }) => separators === 'point'))
  const commas = rowsOf(forms.filter(({ separators }) => separators === 'comma'))
  const isStray = (some: number) => some * 100 < STRAY * rowsOf(forms)
  if (points > 0 && (commas === 0 || isStray(commas))) return '.'
  if (commas > 0 && (points === 0 || isStray(points))) return ','
  return undefined
}

function hasCommas(forms: readonly Counted[]): boolean {
  return forms.some(({ separators }) => separators === 'comma' || separators === 'eitherComma')
}

/**
 * Returns the units that most texts may have beside each other: none or one currency, which share a column; or percent,
 * which stands alone, because 5% and 0.05 may mean the same.
 */
function bestUnits(forms: readonly Counted[]): string[] {
  const choices = [[''], ...unitsOf(forms).flatMap((unit) => choiceOf(unit))]
  const rows = choices.map((units) => rowsOf(forms.filter(({ unit }) => units.includes(unit))))
  return choices[rows.indexOf(Math.max(...rows))] ?? []
}

function choiceOf(unit: string): string[][] {
  // Whether 5B is five billions or a code is for the client to say.
  if (unit === '' || isScaled(unit)) return []
  return unit === '%' ? [[unit]] : [['', unit]]
}

function unitsOf(forms: readonly Counted[]): string[] {
  return [...new Set(forms.map(({ unit }) => unit))].sort()
}

function rowsOf(forms: readonly Counted[]): number {
  return forms.reduce((sum, { rows }) => sum + rows, 0)
}

/** SQL condition: the text has a decimal comma by a reading. */
export function hasDecimalComma(c: string, { rules }: Pick<NumberReading, 'rules'>): string {
  const form = numberForm(c)
  return rules?.decimal === ','
    ? `(${form} LIKE 'comma|%' OR ${form} LIKE 'eitherComma|%')`
    : `(${form} LIKE 'comma|%')`
}

/** SQL condition: the text has groups of digits, a unit or parentheses by a reading. */
export function isDressedNumber(c: string, { rules }: Pick<NumberReading, 'rules'>): string {
  const grouped = rules?.decimal === ',' ? 'eitherPoint' : 'eitherComma'
  return `(${numberForm(c)} LIKE '%|dressed' OR ${numberForm(c)} LIKE '${grouped}|%')`
}

/** SQL condition: the text is a number with two readings. */
export function isUnclear(c: string): string {
  return `(${numberForm(c)} LIKE 'either%')`
}

/** SQL condition: the text is a number with a unit. */
export function hasUnit(c: string): string {
  return `(${numberForm(c)} IS NOT NULL AND ${numberForm(c)} NOT LIKE '%||%')`
}

/** SQL condition: the text is a number of thousands, millions or billions. */
export function isScaledNumber(c: string): string {
  const scales = ['K', 'M', 'B'].flatMap((letter) => [`|${letter}|`, ` ${letter}|`])
  return `(${scales.map((scale) => `contains(${numberForm(c)}, ${literal(scale)})`).join(' OR ')})`
}

/** SQL: the number that a text is by a reading; null for what is none. */
export function readNumber(c: string, { rules }: Pick<NumberReading, 'rules'>): string {
  if (!rules) return numberOf(c)
  // Where the point is the decimal sign, DuckDB reads plain numbers itself.
  const isPlainRead = rules.decimal !== ',' && (rules.units?.includes('') ?? true)
  if (!isPlainRead) return cellNumber(c, rules)
  return `(CASE WHEN ${isNumber(c)} THEN ${numberOf(c)} ELSE ${cellNumber(c, rules)} END)`
}

/** SQL condition: the text is a number by a reading. */
export function isNumberBy(c: string, reading: Pick<NumberReading, 'rules'>): string {
  return reading.rules ? `(${readNumber(c, reading)} IS NOT NULL)` : isNumber(c)
}

/** SQL condition: the text is there, and is neither empty, nor a placeholder, nor what the condition says. */
export function notOf(c: string, condition: string, isGap = isPlaceholder(c)): string {
  return `(${c} IS NOT NULL AND NOT ${isEmpty(c)} AND NOT ${condition} AND NOT ${isGap})`
}
