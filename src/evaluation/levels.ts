import { mean } from '../numbers.ts'
import type { ClassLevel } from './schema.ts'

/** What separates the levels of a class's name. */
const SEPARATOR = '/'
/** Levels that are told at most. */
const MOST_LEVELS = 10

/** Rows, or their weights, by the classes of one level: all of a class, those answered with it, and those of both. */
interface LevelCounts {
  support: Float64Array
  answered: Float64Array
  hits: Float64Array
}

/** Classes of one level: the names, and for each class of the evaluation the place of its own. */
interface Level {
  names: string[]
  placeOf: number[]
}

/**
 * Measures the upper levels of classes with names such as `sport/tennis`: an answer is right on a level if it begins as the
 * true class does. Undefined where no two classes begin alike.
 * @param pairs rows, or their weights, by `true class · number of classes + answered class`
 */
export function levelsOf(
  pairs: ReadonlyMap<number, number>,
  classes: readonly string[],
): ClassLevel[] | undefined {
  const levels = upperLevels(classes)
  if (levels.length === 0) return undefined
  return levels.map((level, at) => ({
    level: at + 1,
    ...measured(countsOf(pairs, level, classes.length), level),
  }))
}

function upperLevels(classes: readonly string[]): Level[] {
  const parts = classes.map((name) => name.split(SEPARATOR))
  const depth = Math.min(MOST_LEVELS + 1, Math.max(...parts.map(({ length }) => length)))
  const levels = Array.from({ length: Math.max(0, depth - 1) }, (_, above): Level => {
    const own = parts.map((all) => all.slice(0, above + 1).join(SEPARATOR))
    const names = [...new Set(own)]
    const places = new Map(names.map((name, place) => [name, place]))
    return { names, placeOf: own.map((name) => places.get(name) ?? 0) }
  })
  // Names such as `n/a` have a separator and no level.
  return levels.filter(({ names }) => names.length < classes.length)
}

function countsOf(pairs: ReadonlyMap<number, number>, { names, placeOf }: Level, size: number): LevelCounts {
  const counts = {
    support: new Float64Array(names.length),
    answered: new Float64Array(names.length),
    hits: new Float64Array(names.length),
  }
  const add = (to: Float64Array, place: number, rows: number) => {
    to[place] = (to[place] ?? 0) + rows
  }
  for (const [pair, rows] of pairs) {
    const truth = placeOf[Math.floor(pair / size)] ?? 0
    const answered = placeOf[pair % size] ?? 0
    add(counts.support, truth, rows)
    add(counts.answered, answered, rows)
    if (truth === answered) add(counts.hits, truth, rows)
  }
  return counts
}

function measured({ support, answered, hits }: LevelCounts, { names }: Level): Omit<ClassLevel, 'level'> {
  const sum = (values: Float64Array) => values.reduce((total, rows) => total + rows, 0)
  const f1 = names.map((_, at) => {
    const all = (support[at] ?? 0) + (answered[at] ?? 0)
    return all > 0 ? (2 * (hits[at] ?? 0)) / all : null
  })
  const present = f1.filter((value) => value !== null)
  return {
    classes: names.length,
    accuracy: sum(support) > 0 ? sum(hits) / sum(support) : 0,
    macroF1: present.length > 0 ? mean(present) : 0,
  }
}
