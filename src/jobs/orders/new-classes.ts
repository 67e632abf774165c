import type { NamedDataset } from '../../datasets/contract.ts'
import { type FieldProblem, listQuoted, quoted } from '../../errors.ts'
import { inClassForm, inNfc } from '../../normal-form.ts'
import { type InputContract, type JobBody, mergedTable } from '../../recipe/index.ts'

/**
 * Returns the problem of training a version of two classes again on data with further classes, with their names;
 * undefined if there is none, or the classes are not known.
 */
export function newClassesProblem(
  { recipe }: JobBody,
  dataset: NamedDataset,
  { version, classes: known }: InputContract,
): FieldProblem | undefined {
  const { task, target, mergeClasses = false } = recipe
  if (typeof target !== 'string') return undefined
  const { columns } = mergeClasses ? mergedTable(dataset, recipe).table : dataset
  const { classes } = columns.find(({ name }) => name === target) ?? {}
  if (task !== 'binary' || target === undefined || known === undefined || !classes) return undefined
  const names = Object.keys(classes)
  const formOf = mergeClasses ? inClassForm : inNfc
  const forms = new Set(known.map(formOf))
  const others = names.filter((name) => !forms.has(formOf(name)))
  if (names.length <= 2 || others.length === 0) return undefined
  const are = others.length === 1 ? 'is new' : 'are new'
  return {
    path: '/recipe/task',
    message: `${quoted(target)} has ${names.length} classes, and version ${version} knows ${listQuoted(known)} only: ${listQuoted(others)} ${are}. To learn all of them, give "recipe":{"task":"multiclass"}; otherwise train on data without rows of other classes.`,
  }
}
