import { z } from 'zod'

/** Limits on a text of conditions. */
export const MAX_CONDITIONS_TEXT = 500
const MAX_CONDITIONS = 10

/** Ways to compare, the longer ones first: `>=` begins with `>`. */
const OPERATORS = ['>=', '<=', '!=', '=', '>', '<', '~'] as const
type Operator = (typeof OPERATORS)[number]

/** What a manifest has to have, for a version to be found. */
export interface Condition {
  path: readonly string[]
  operator: Operator
  value: string
}

const PATH = '[A-Za-z][A-Za-z0-9_.-]*'
/** A text in quotes, or one without the characters of operators. */
const VALUE = `"([^"]*)"|'([^']*)'|([^\\s"'=!<>~][^=!<>~]*?)`
/** `optimizer.learningRate >= 0.01`, and the "and" behind it or the end. */
const CONDITION = new RegExp(`(${PATH})\\s*(${OPERATORS.join('|')})\\s*(?:${VALUE})(?:\\s+and\\s+|$)`, 'iy')

/** What is compared of a manifest. Those of earlier releases, and imported ones, may lack each. */
const Compared = z.looseObject({
  metrics: z.record(z.string(), z.unknown()).catch({}),
  recipe: z.record(z.string(), z.unknown()).catch({}),
  dataset: z.record(z.string(), z.unknown()).catch({}),
})

/**
 * Reads conditions with "and" between them, such as `accuracy > 0.9 and optimizer.type = adam`.
 * @returns the conditions, or what is wrong with the text, as a sentence
 */
export function readConditions(text: string): { conditions: readonly Condition[] } | { fault: string } {
  const whole = text.trim()
  const conditions: Condition[] = []
  let at = 0
  do {
    if (conditions.length === MAX_CONDITIONS)
      return { fault: `At most ${MAX_CONDITIONS} conditions are possible.` }
    CONDITION.lastIndex = at
    const [found = '', path = '', sign = '', ...values] = CONDITION.exec(whole) ?? []
    const operator = OPERATORS.find((each) => each === sign)
    if (!operator)
      return {
        fault: `${JSON.stringify(whole.slice(at, at + 50))} is no condition. Write a metric or a field of the recipe, one of ${OPERATORS.join(' ')}, and a value: accuracy >= 0.9. A value with "and" or one of these characters in it needs quotes.`,
      }
    const value = values.find((each) => each !== undefined) ?? ''
    if ('><'.includes(operator.charAt(0)) && !isNumber(value))
      return {
        fault: `${JSON.stringify(value.slice(0, 50))} is no number, and ${operator} compares numbers.`,
      }
    conditions.push({ path: path.split('.'), operator, value })
    at += found.length
  } while (at < whole.length)
  return { conditions }
}

/**
 * Tells whether a manifest fulfils all conditions. A path is that of a metric or else of a field of the recipe; `dataset` is
 * the name or id of the data set. A manifest without what a condition is about does not fulfil it.
 */
export function fulfils(manifest: unknown, conditions: readonly Condition[]): boolean {
  const { data } = Compared.safeParse(manifest)
  if (!data) return false
  return conditions.every(({ path, ...condition }) => {
    const values = valuesOf(data, path)
    if (values.length === 0) return false
    return condition.operator === '!='
      ? values.every((value) => isTrue(value, condition))
      : values.some((value) => isTrue(value, condition))
  })
}

/** Returns what a condition is about: name and id of the data set, or the first value that has the path; without, none. */
function valuesOf({ metrics, recipe, dataset }: z.infer<typeof Compared>, path: readonly string[]) {
  const isDataset = path.join('.') === 'dataset'
  const values = isDataset
    ? [dataset['name'], dataset['id']]
    : [{ metrics, recipe }, metrics, recipe].map((from) => valueAt(from, path))
  const known = values.filter((value) => value !== undefined)
  return isDataset ? known : known.slice(0, 1)
}

function isTrue(actual: unknown, { operator, value }: Omit<Condition, 'path'>): boolean {
  const text = typeof actual === 'string' ? actual : JSON.stringify(actual)
  const isEqual = typeof actual === 'number' && isNumber(value) ? actual === Number(value) : text === value
  if (operator === '=') return isEqual
  if (operator === '!=') return !isEqual
  if (operator === '~') return text.toLowerCase().includes(value.toLowerCase())
  if (typeof actual !== 'number') return false
  const difference = actual - Number(value)
  if (operator === '>') return difference > 0
  if (operator === '<') return difference < 0
  return operator === '>=' ? difference >= 0 : difference <= 0
}

/** Returns the value at a path of objects and arrays; undefined where there is none. */
function valueAt(from: unknown, path: readonly string[]): unknown {
  let at: unknown = from
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = Reflect.get(at, key)
  }
  return at
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}
