import type { Activation } from './activations.ts'
import { isForest, type Member } from './weights.ts'

/** A network of one unit that takes the inputs themselves. */
export interface LinearUnit {
  /** Weight of each input. */
  readonly weights: Float32Array
  readonly bias: number
  readonly activation: Activation
}

/** Returns the unit of a model that has one unit and nothing else; undefined for any other model. */
export function linearUnitOf(members: readonly Member[]): LinearUnit | undefined {
  const [member, ...others] = members
  if (!member || others.length > 0 || isForest(member) || member.fronts.length > 0) return undefined
  const [layer, ...further] = member.layers
  if (!layer || further.length > 0 || layer.units !== 1) return undefined
  return { weights: layer.kernel, bias: layer.bias[0] ?? 0, activation: layer.activation }
}
