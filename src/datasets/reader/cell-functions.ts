import {
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBScalarFunction,
  type DuckDBType,
  VARCHAR,
} from '@duckdb/node-api'
import {
  booleanOfWord,
  CellRules,
  missingForms,
  missingTexts,
  numberOfCell,
  readNumberText,
  type Separators,
} from '../../recipe/index.ts'
import { inPattern, literal } from './duckdb.ts'

/*
 * The functions that read the cells of a prediction, as functions of SQL. DuckDB calls them for columns only whose texts
 * are no plain numbers, because a call takes ten times as long as DuckDB's own cast.
 */

/** Bytes of a text that is handed to a function: a longer one is no number and no word. */
const LONGEST = 1_000

/** SQL: the form of the number that a text is (see `formOf`); null for a text that is none. */
export function numberForm(c: string): string {
  return guarded(c, `number_form(${c})`)
}

/** SQL: the number that a text is by the rules of its column; null for a text that is none. */
export function cellNumber(c: string, rules: CellRules): string {
  return guarded(c, `cell_number(${c}, ${literal(JSON.stringify(rules))})`)
}

/** SQL: the boolean that a word is; null for a text that is none. */
export function cellBoolean(c: string): string {
  return guarded(c, `cell_boolean(${c})`)
}

/**
 * Characters of the longest pattern that DuckDB compares texts with: it has one for each column, which takes longer to compile
 * than it saves where it is long.
 */
const LONGEST_PATTERN = 1_000

/** SQL condition: the text is one of those that count as missing. DuckDB compares texts of ASCII itself, which most are. */
export function isMissingText(c: string, texts: readonly string[]): string {
  const { forms, longest } = missingForms(texts)
  const plain = forms
    .filter((form) => !NOT_ASCII.test(form))
    .map(inPattern)
    .join('|')
  const isPlain =
    plain === ''
      ? 'false'
      : `(strlen(${c}) <= ${longest} AND regexp_full_match(${c}, ${literal(`(?i)${SPACES}(${plain})${SPACES}`)}))`
  const cases = [
    `WHEN ${c} IS NULL OR strlen(${c}) > ${LONGEST} THEN false`,
    ...(plain.length > LONGEST_PATTERN ? [] : [`WHEN strlen(${c}) = length(${c}) THEN ${isPlain}`]),
    `ELSE is_missing(${c}, ${literal(JSON.stringify(texts))})`,
  ]
  return `(CASE ${cases.join(' ')} END)`
}

/** White space of ASCII, as `trim` of JavaScript knows it. */
const SPACES = '[ \\t\\n\\v\\f\\r]*'
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
const NOT_ASCII = /[^\x00-\x7f]/

/** The form of a number in a text: its separators, its unit, and whether it is more than a plain number. */
export interface NumberForm {
  separators: Separators
  unit: string
  isDressed: boolean
}

/** Reads what `numberForm` gives. */
export function formOf(written: string): NumberForm {
  const [separators, unit = '', dressed] = written.split('|')
  return { separators: separators as Separators, unit, isDressed: dressed === 'dressed' }
}

/** Adds the functions to a connection. */
export function addCellFunctions(connection: DuckDBConnection): void {
  add(connection, 'number_form', VARCHAR, [VARCHAR], (text) => {
    const read = readNumberText(text)
    return read ? `${read.separators}|${read.unit}|${read.isDressed ? 'dressed' : ''}` : null
  })
  const rulesOf = remembered((json) => CellRules.parse(JSON.parse(json)))
  add(
    connection,
    'cell_number',
    DOUBLE,
    [VARCHAR, VARCHAR],
    (text, json) => numberOfCell(text, rulesOf(json)) ?? null,
  )
  add(connection, 'cell_boolean', BOOLEAN, [VARCHAR], (text) => booleanOfWord(text) ?? null)
  const missingOf = remembered((json) => missingTexts(CellRules.shape.missing.parse(JSON.parse(json)) ?? []))
  add(connection, 'is_missing', BOOLEAN, [VARCHAR, VARCHAR], (text, json) => missingOf(json)(text))
}

function guarded(c: string, call: string): string {
  return `(CASE WHEN strlen(${c}) <= ${LONGEST} THEN ${call} END)`
}

function add(
  connection: DuckDBConnection,
  name: string,
  returnType: DuckDBType,
  parameterTypes: readonly DuckDBType[],
  result: (text: string, constant: string) => string | number | boolean | null,
): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name,
      returnType,
      parameterTypes,
      mainFunction(_, input, output) {
        const texts = input.getColumnVector(0)
        const constants = parameterTypes.length > 1 ? input.getColumnVector(1) : undefined
        for (let row = 0; row < input.rowCount; row++) {
          const text = texts.getItem(row)
          const constant = constants?.getItem(row)
          const value =
            typeof text === 'string' ? result(text, typeof constant === 'string' ? constant : '') : null
          output.setItem(row, value)
        }
        output.flush()
      },
    }),
  )
}

/** Returns the function with its last result, since a statement asks for one constant in a row. */
function remembered<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    let value = known.get(text)
    if (value === undefined) {
      value = make(text)
      known.set(text, value)
    }
    return value
  }
}
