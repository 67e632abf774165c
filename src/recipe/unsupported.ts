import type { FieldProblem } from '../errors.ts'
import type { RecipeInput } from './schema.ts'

/**
 * What the schema names and this version cannot do yet. It is refused by name rather than ignored; a line goes
 * when its feature comes.
 */
export function unsupported(recipe: RecipeInput): FieldProblem[] {
  const problems: FieldProblem[] = []
  const refuse = (path: string, what: string, instead: string) =>
    problems.push({ path, message: `${what} is not supported yet. ${instead}` })
  if (recipe.encoder?.type === 'sequence')
    refuse('/recipe/encoder/type', 'The encoder "sequence"', 'Use multiHot, count or tfIdf.')
  const scalings: [string, string | undefined][] = [
    ['/recipe/scaling', recipe.scaling],
    ...Object.entries(recipe.columns ?? {}).map(([name, options]): [string, string | undefined] => [
      `/recipe/columns/${name.replaceAll('~', '~0').replaceAll('/', '~1')}/scaling`,
      options.scaling,
    ]),
  ]
  for (const [path, scaling] of scalings)
    if (scaling === 'quantile' || scaling === 'piecewiseLinear')
      refuse(path, `The scaling "${scaling}"`, 'Use standard, minMax or none.')
  return problems
}
