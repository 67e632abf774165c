import type { Table, TableColumn } from '../../datasets/table.ts'
import type { TargetState } from '../../models/target.ts'
import {
  type CompleteRecipe,
  cellSpeller,
  keptSpellings,
  labelsOf,
  type Spellings,
  targetNames,
} from '../../recipe/index.ts'

/** Which spellings are kept in each column whose classes a recipe merges. */
type SpellingsByColumn = ReadonlyMap<string, Spellings>

/** A column of texts, whose classes may be merged. */
type TextColumn = Extract<TableColumn, { type: 'category' | 'text' }>

/** Returns the spellings that a recipe keeps of the classes of a table: of its target, and of inputs that are categories. */
export function spellingsOf(recipe: CompleteRecipe, table: Table): SpellingsByColumn {
  const found = new Map<string, Spellings>()
  for (const name of recipe.mergeClasses ? [...recipe.inputs, ...targetNames(recipe)] : []) {
    const separator = separatorOf(recipe, name)
    const column = mergedColumn(recipe, table, name)
    if (!column) continue
    const counts = new Map<string, number>()
    for (const cell of column.values)
      for (const spelling of cell === null
        ? []
        : separator === undefined
          ? [cell]
          : labelsOf(cell, separator))
        counts.set(spelling, (counts.get(spelling) ?? 0) + 1)
    found.set(name, keptSpellings(counts))
  }
  return found
}

/** Returns the spellings that a version has learnt of its target's classes. Its inputs know theirs by themselves. */
export function spellingsOfVersion(recipe: CompleteRecipe, target: TargetState): SpellingsByColumn {
  const [name = ''] = targetNames(recipe)
  if (!recipe.mergeClasses || !('classes' in target)) return new Map()
  return new Map([[name, keptSpellings(target.classes.map((spelling) => [spelling, 1]))]])
}

/** Returns a table in which each class has the spelling that is kept, whatever the file has. */
export function withSpellings<T extends Table>(recipe: CompleteRecipe, table: T, kept: SpellingsByColumn): T {
  if (kept.size === 0) return table
  const columns = new Map(table.columns)
  for (const [name, spellings] of kept) {
    const column = mergedColumn(recipe, table, name)
    if (!column) continue
    const spell = remembering(cellSpeller(spellings, separatorOf(recipe, name)))
    const values = column.values.map((cell) => (cell === null ? null : spell(cell)))
    columns.set(name, { type: column.type, values })
  }
  return { ...table, columns }
}

function mergedColumn(recipe: CompleteRecipe, table: Table, name: string): TextColumn | undefined {
  const column = table.columns.get(name)
  if (column?.type === 'category') return column
  return column?.type === 'text' && targetNames(recipe).includes(name) ? column : undefined
}

function separatorOf(recipe: CompleteRecipe, name: string): string | undefined {
  return targetNames(recipe).includes(name) ? recipe.multiLabel?.separator : undefined
}

/** Returns a function that computes each result once: a column has few different cells. */
function remembering(spell: (cell: string) => string): (cell: string) => string {
  const known = new Map<string, string>()
  return (cell) => {
    const spelled = known.get(cell) ?? spell(cell)
    known.set(cell, spelled)
    return spelled
  }
}
