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

/** `optimizer.learningRate >= 0.01`: a path, an operator, and a value, which may be in quotes. */
const CONDITION = new RegExp(`^([A-Za-z][A-Za-z0-9_.-]*)\\s*(${OPERATORS.join('|')})\\s*(\\S.*)$`)

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
  const parts = text.split(/\s+and\s+/i).map((part) => part.trim())
  if (parts.length > MAX_CONDITIONS) return { fault: `At most ${MAX_CONDITIONS} conditions are possible.` }
  const conditions: Condition[] = []
  for (const part of parts) {
    const [, path = '', sign = '', value = ''] = CONDITION.exec(part) ?? []
    const operator = OPERATORS.find((each) => each === sign)
    if (!operator)
      return {
        fault: `${JSON.stringify(part.slice(0, 50))} is no condition. Write a metric or a field of the recipe, one of ${OPERATORS.join(' ')}, and a value: accuracy >= 0.9.`,
      }
    const unquoted = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value
    if ('><'.includes(operator.charAt(0)) && !isNumber(unquoted))
      return {
        fault: `${JSON.stringify(unquoted.slice(0, 50))} is no number, and ${operator} compares numbers.`,
      }
    conditions.push({ path: path.split('.'), operator, value: unquoted })
  }
  return { conditions }
}

/**
 * Tells whether a manifest fulfils all conditions. A path is that of a metric or else of a field of the recipe; `dataset` is the
 * name or id of the data set. A manifest without what a condition is about does not fulfil it.
 */
export function fulfils(manifest: unknown, conditions: readonly Condition[]): boolean {
  const { data } = Compared.safeParse(manifest)
  if (!data) return false
  const { metrics, recipe, dataset } = data
  return conditions.every(({ path, ...condition }) => {
    const candidates =
      path.join('.') === 'dataset'
        ? [dataset['name'], dataset['id']]
        : [valueAt({ metrics, recipe }, path) ?? valueAt(metrics, path) ?? valueAt(recipe, path)]
    const known = candidates.filter((value) => value !== undefined)
    if (known.length === 0) return false
    return condition.operator === '!='
      ? known.every((value) => isTrue(value, condition))
      : known.some((value) => isTrue(value, condition))
  })
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
