import { type Data, DataType, TimeUnit, type Vector } from 'apache-arrow'
import { inNfc } from '../../../normal-form.ts'
import { listCell } from '../../../recipe/lists.ts'
import { badColumn, NESTED, OTHER_VALUES } from '../columns.ts'
import { MAX_RECORD } from '../limits.ts'
import { ArrowDamaged } from './flat-table.ts'

/** Returns the text of a column's value in a row of a batch, or what is wrong with it. The value is there. */
export type TextOf = (vector: Vector, row: number) => string | BadValue

/** Why a value cannot be kept. */
export class BadValue {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

const TOO_LONG = `The text contains a NUL character or exceeds the limit of ${MAX_RECORD / 1024 / 1024} MiB`
const DAY_MS = 24 * 60 * 60 * 1000
/** Seconds from 0000-01-01 to 9999-12-31, which ISO 8601 writes with four digits. */
const FIRST_SECOND = -62_167_219_200n
const LAST_SECOND = 253_402_300_799n
/** Fractions of a second in each unit of a time, and their digits. */
const UNITS: Readonly<Record<TimeUnit, [fractions: bigint, digits: number]>> = {
  [TimeUnit.SECOND]: [1n, 0],
  [TimeUnit.MILLISECOND]: [1_000n, 3],
  [TimeUnit.MICROSECOND]: [1_000_000n, 6],
  [TimeUnit.NANOSECOND]: [1_000_000_000n, 9],
}

/** Returns whether a column has lists of texts. */
export function isListOfTexts(type: DataType): boolean {
  return (DataType.isList(type) || DataType.isLargeList(type)) && isText(type.children[0]?.type)
}

/**
 * Returns how values of a column become texts: numbers as JavaScript writes them, whole ones and decimals digit by digit,
 * dates and times in the form of ISO 8601, durations as the number of their unit.
 * @throws FitserveError `invalid-dataset` if the values are neither texts, numbers, booleans, dates nor times
 */
export function textOf(name: string, type: DataType): TextOf {
  if (isListOfTexts(type)) return listText
  if (isText(type) || (DataType.isDictionary(type) && isText(type.dictionary))) return plainText
  if (DataType.isNull(type)) return () => ''
  if (DataType.isBool(type) || DataType.isInt(type)) return (vector, row) => known(vector.get(row))
  if (DataType.isFloat(type)) return floatText
  if (DataType.isDecimal(type)) return (vector, row) => decimalText(vector.get(row), type.scale)
  if (DataType.isDate(type)) {
    const toMs = type.unit === 0 ? (raw: bigint) => raw * BigInt(DAY_MS) : (raw: bigint) => raw
    return (vector, row) => timeText(toMs(rawOf(vector, row)), TimeUnit.MILLISECOND).slice(0, 10)
  }
  if (DataType.isTimestamp(type)) {
    const zone = (type.timezone ?? '') === '' ? '' : 'Z'
    return (vector, row) => {
      const text = timeText(rawOf(vector, row), type.unit)
      return text === '' ? new BadValue('The time is not in the years 0 to 9999') : `${text}${zone}`
    }
  }
  if (DataType.isTime(type)) return (vector, row) => timeText(rawOf(vector, row), type.unit).slice(11)
  if (DataType.isDuration(type)) return (vector, row) => String(rawOf(vector, row))
  const nested = DataType.isList(type) || DataType.isLargeList(type) || DataType.isMap(type)
  throw badColumn('Arrow', name, nested ? NESTED : OTHER_VALUES)
}

function isText(type: DataType | undefined): boolean {
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)
}

/** Returns a value that must be there: a batch may say that it has more rows than its buffers. */
function known(value: unknown): string {
  if (value === undefined || value === null) throw new ArrowDamaged('value')
  return String(value)
}

function plainText(vector: Vector, row: number): string | BadValue {
  const text = known(vector.get(row))
  return text.length > MAX_RECORD || text.includes('\0') ? new BadValue(TOO_LONG) : text
}

function floatText(vector: Vector, row: number): string | BadValue {
  const text = known(vector.get(row))
  return Number.isFinite(Number(text)) ? text : new BadValue('The value is not a finite number')
}

function listText(vector: Vector, row: number): string | BadValue {
  const items: string[] = []
  for (const value of vector.get(row) as Iterable<unknown>) {
    // Missing items are left out, as in a list of Parquet.
    if (value === null) continue
    const item = inNfc(known(value))
    if (item.trim() === '') return new BadValue('A list has an empty text')
    if (item.includes('\0')) return new BadValue(TOO_LONG)
    items.push(item)
  }
  const cell = listCell(items)
  return cell.length > MAX_RECORD ? new BadValue(TOO_LONG) : cell
}

/** Returns the number that a date or time is stored as. */
function rawOf(vector: Vector, row: number): bigint {
  const data: Data | undefined = vector.data[0]
  const raw: unknown = data?.values?.[row]
  if (typeof raw !== 'number' && typeof raw !== 'bigint') throw new ArrowDamaged('value')
  return BigInt(raw)
}

/** Returns a point in time since 1970 as YYYY-MM-DDTHH:MM:SS with the digits of its fraction; empty: out of range. */
function timeText(raw: bigint, unit: TimeUnit): string {
  const [fractions, digits] = UNITS[unit]
  const fraction = ((raw % fractions) + fractions) % fractions
  const seconds = (raw - fraction) / fractions
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return ''
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  if (fraction === 0n) return text
  return `${text}.${String(fraction).padStart(digits, '0').replace(/0+$/, '')}`
}

/** Returns a decimal from its whole number, whose 32-bit words come from the lowest on. */
function decimalText(value: unknown, scale: number): string {
  if (!(value instanceof Uint32Array)) throw new ArrowDamaged('decimal')
  const bits = BigInt(32 * value.length)
  const whole = BigInt.asIntN(
    Number(bits),
    value.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
  )
  if (scale <= 0) return String(whole * 10n ** BigInt(Math.min(-scale, 100)))
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0')
  return `${whole < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
