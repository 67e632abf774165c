import type { FindDataset, NamedDataset } from '../../datasets/contract.ts'
import type { FieldProblem } from '../../errors.ts'
import {
  answersOf,
  type CompleteRecipe,
  comparisonDataset,
  comparisonMetricFault,
  type InputContract,
  inputChanges,
  inputChangeText,
  inputColumn,
  type JobBody,
  type Promote,
  readingOption,
  targetNames,
  validationFaults,
} from '../../recipe/index.ts'
import { findOrReport } from './find-or-report.ts'

/** Returns a problem for each input for which requests that `production` answers would be refused after a promotion. */
export function contractProblems(
  { promote, allowInputChanges, recipe }: JobBody,
  dataset: NamedDataset,
  contract: InputContract,
): FieldProblem[] {
  const { version, inputs: taken } = contract
  if (promote === 'never' || allowInputChanges || !taken) return []
  const columnOf = new Map([...taken, ...dataset.columns].map((column) => [column.name, inputColumn(column)]))
  // An input that the data set lacks is the recipe's own problem.
  const inputs = (recipe.inputs ?? []).flatMap((name) => columnOf.get(name) ?? [])
  return inputChanges(taken, inputs).map((change) => {
    const { name, before, after, formats } = change
    const isOther = before !== null && after !== null
    const remedy = formats
      ? `Write its dates as before (${formats.before})`
      : isOther
        ? `Upload the data set with ${readingOption(taken.find((each) => each.name === name) ?? { name, type: before })} (onError=skip leaves out lines that do not fit)`
        : 'Leave inputs as they are'
    return {
      path: isOther ? '/dataset' : '/recipe/inputs',
      message: `${inputChangeText(change, version)}, so requests that it answers would be refused. ${remedy}, or train with "promote":"never" to look at the version first, or with "allowInputChanges":true to promote it all the same.`,
    }
  })
}

/**
 * Returns the problem of a rule by which no version could ever replace one in production; undefined if one could.
 * A model without a version in production gets its first one by any rule.
 */
export function hopelessPromotion(promote: Promote, recipe: CompleteRecipe): FieldProblem | undefined {
  if (promote === 'always' || promote === 'never' || comparisonDataset(promote) !== null) return undefined
  if (recipe.validation !== null) return undefined
  return {
    path: '/promote',
    message: `The recipe keeps no validation rows aside, so there is no row to compare a new version with the one in production on, and ifBetter could never promote one. Name a data set to compare on with {"ifBetter":{"dataset":"…"}}, or set recipe.validation to {"split":0.2}.`,
  }
}

/** Checks the rule of a promotion against the recipe, and replaces the name of its data set by the id. */
export async function checkPromotion(
  find: FindDataset,
  promote: Promote,
  recipe: CompleteRecipe,
  dataset: NamedDataset,
): Promise<{ checked: Promote } | { checked?: undefined; problems: FieldProblem[] }> {
  if (typeof promote !== 'object') return { checked: promote }
  const problems: FieldProblem[] = []
  const metric = comparisonMetricFault(promote, recipe.task)
  if (metric !== undefined) problems.push({ path: '/promote/ifBetter/metric', message: metric })
  const path = '/promote/ifBetter/dataset'
  const wanted = comparisonDataset(promote)
  const other = wanted === null ? undefined : await findOrReport(find, wanted, path, problems)
  const target = dataset.columns.find(({ name }) => name === targetNames(recipe)[0])
  const faults = other ? validationFaults(recipe, target ? answersOf(recipe, target) : null, other) : []
  problems.push(...faults.map((message) => ({ path, message })))
  if (problems.length > 0) return { problems }
  return { checked: other ? { ifBetter: { ...promote.ifBetter, dataset: other.id } } : promote }
}
