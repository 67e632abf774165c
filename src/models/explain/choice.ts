import { type FieldProblem, listKnown } from '../../errors.ts'
import { nfcLookup } from '../../normal-form.ts'
import type { TargetState } from '../target.ts'
import type { ExplainOptions } from './explanation.ts'

/** The part of a prediction by which the explained output is chosen. */
type Answered = { label: string } | { probabilities: Record<string, number> } | { value: number } | object

/** An answer that can be explained: an output of the network or an ordered class. */
export interface ChosenOutput {
  readonly position: number
  /** True: what speaks against the output is told, as for the first of two classes, which has none of its own. */
  readonly negated: boolean
  /** By which answers call it; nothing for a single number. */
  readonly name: { label?: string; target?: string }
}

/** Returns what is wrong with the label or target that a client wants to have explained; undefined if nothing is. */
export function faultOfChoice(
  { classes, targets }: { classes: readonly string[]; targets: readonly string[] },
  { label, target }: ExplainOptions,
): FieldProblem | undefined {
  if (label !== undefined && !nameIn(classes, label)) {
    const message =
      classes.length === 0
        ? 'The model answers numbers, so leave "label" out.'
        : `The model has no such class or label. ${listKnown(classes)}`
    return { path: '/explain/label', message }
  }
  if (target === undefined || nameIn(targets, target)) return undefined
  const message =
    targets.length === 0
      ? 'The model has one target only, so leave "target" out.'
      : `The model has no such target. ${listKnown(targets)}`
  return { path: '/explain/target', message }
}

/**
 * Returns the output that is explained: the one that the client names, or by default the positive class of two, the
 * answered class of several, the likeliest label, or the first target.
 */
export function chosenOutput(target: TargetState, answered: Answered, options: ExplainOptions): ChosenOutput {
  const at = (position: number, name: ChosenOutput['name'] = {}): ChosenOutput => ({
    position: Math.max(0, position),
    negated: false,
    name,
  })
  if (target.task === 'regression') return at(0)
  if (target.task === 'severalNumbers') {
    const names = target.targets.map(({ name }) => name)
    const name = nameIn(names, options.target ?? '') ?? names[0] ?? ''
    return at(names.indexOf(name), { target: name })
  }
  const { classes } = target
  const wanted = options.label === undefined ? undefined : nameIn(classes, options.label)
  const label = wanted ?? (target.task === 'binary' ? classes[1] : likeliest(answered)) ?? ''
  if (target.task !== 'binary') return at(classes.indexOf(label), { label })
  return { position: 0, negated: label === classes[0], name: { label } }
}

function likeliest(answered: Answered): string | undefined {
  if ('label' in answered) return answered.label
  if (!('probabilities' in answered)) return undefined
  return Object.entries(answered.probabilities).sort(([, a], [, b]) => b - a)[0]?.[0]
}

/** Returns a name as the model spells it, whatever its normal form; undefined if it is none of the names. */
function nameIn(names: readonly string[], wanted: string): string | undefined {
  return nfcLookup(names.map((name) => [name, name] as const))(wanted)
}
