import { logSumExp, softplus } from '../../numbers.ts'
import { atOnce } from '../../runtime/steps.ts'
import type { Activation } from '../network/activations.ts'
import { averagedLogits } from '../network/ensemble.ts'
import { pathIntegral } from './path-integral.ts'

/**
 * The number that is explained, as a function of the members' logits: one logit, or what stands for the mean of the
 * members.
 */
export interface Head {
  /** True if its derivatives are the same everywhere. */
  readonly isStraight: boolean
  value(logits: readonly Float64Array[]): number
  /** Writes the derivatives by the members' logits, member after member, shape [members, outputs]. */
  gradient(logits: readonly Float64Array[], into: Float64Array): void
}

/** What the outputs of a network mean, as far as the explained number depends on it. */
export interface HeadOptions {
  readonly activation: Activation
  /** True if the outputs are those of ordered classes (ordinal.ts). */
  readonly ordinal: boolean
  readonly members: number
  readonly outputs: number
}

/**
 * Returns the explained number of an output: its logit, as `Network.logits` has it, or of ordered classes the logarithm
 * of the class's probability.
 * @param output position of the output or of the ordered class
 */
export function headOf({ activation, ordinal, members, outputs }: HeadOptions, output: number): Head {
  if (ordinal) return ordinalHead(members, outputs, output)
  if (members === 1 || activation === 'linear') return meanHead(members, outputs, output)
  return activation === 'softmax' ? softmaxHead(outputs, output) : sigmoidHead(outputs, output)
}

function meanHead(members: number, outputs: number, output: number): Head {
  return {
    isStraight: true,
    value: (logits) => logits.reduce((sum, member) => sum + (member[output] ?? 0) / members, 0),
    gradient(logits, into) {
      into.fill(0)
      for (let member = 0; member < logits.length; member++) into[member * outputs + output] = 1 / members
    },
  }
}

/** ln of the mean of the members' probabilities of one class. */
function softmaxHead(outputs: number, output: number): Head {
  return {
    isStraight: false,
    value: (logits) => averagedLogits(logits, 'softmax', new Float64Array(outputs))[output] ?? 0,
    gradient(logits, into) {
      const totals = logits.map((member) => logSumExp(member))
      const own = logits.map((member, index) => (member[output] ?? 0) - (totals[index] ?? 0))
      const sum = logSumExp(own)
      for (const [index, member] of logits.entries()) {
        const share = Math.exp((own[index] ?? 0) - sum)
        for (let each = 0; each < outputs; each++) {
          const probability = Math.exp((member[each] ?? 0) - (totals[index] ?? 0))
          into[index * outputs + each] = share * ((each === output ? 1 : 0) - probability)
        }
      }
    },
  }
}

/** Writes the derivatives of the logit of the members' mean probability by the logits of one output. */
function sigmoidGradient(
  logits: readonly Float64Array[],
  output: number,
  write: (member: number, by: number) => void,
) {
  const odds = logits.map((member) => member[output] ?? 0)
  const mean = Math.log(odds.length)
  // ln sigmoid(z) = −softplus(−z), and ln(1 − sigmoid(z)) = −softplus(z): logarithms, so that nothing becomes 0 / 0.
  const high = logSumExp(odds.map((z) => -softplus(-z))) - mean
  const low = logSumExp(odds.map((z) => -softplus(z))) - mean
  for (const [member, z] of odds.entries())
    write(member, Math.exp(-softplus(-z) - softplus(z) - mean - high - low))
}

function sigmoidHead(outputs: number, output: number): Head {
  const one = new Float64Array(1)
  return {
    isStraight: false,
    value(logits) {
      const own = logits.map((member) => member.subarray(output, output + 1))
      return averagedLogits(own, 'sigmoid', one)[0] ?? 0
    },
    gradient(logits, into) {
      into.fill(0)
      sigmoidGradient(logits, output, (member, by) => {
        into[member * outputs + output] = by
      })
    },
  }
}

/**
 * ln of the probability of ordered class k: that a row is above each class before k, and not above k itself.
 */
function ordinalHead(members: number, outputs: number, label: number): Head {
  const averaged = new Float64Array(outputs)
  const logitsOf = (logits: readonly Float64Array[]) =>
    members === 1 ? (logits[0] ?? averaged) : averagedLogits(logits, 'sigmoid', averaged)
  return {
    isStraight: false,
    value(logits) {
      const odds = logitsOf(logits)
      let sum = label < outputs ? -softplus(odds[label] ?? 0) : 0
      for (let each = 0; each < label; each++) sum -= softplus(-(odds[each] ?? 0))
      return sum
    },
    gradient(logits, into) {
      into.fill(0)
      const odds = logitsOf(logits)
      for (let each = 0; each <= Math.min(label, outputs - 1); each++) {
        const z = odds[each] ?? 0
        const own = each < label ? Math.exp(-softplus(z)) : -Math.exp(-softplus(-z))
        if (members === 1) into[each] = own
        else
          sigmoidGradient(logits, each, (member, by) => {
            into[member * outputs + each] = own * by
          })
      }
    },
  }
}

/**
 * Returns the mean of a head's derivatives on the straight way between two sets of logits, shape [members, outputs]:
 * weighed by them, the differences of the logits add up to the difference of the head's values.
 */
export function meanGradient(
  head: Head,
  from: readonly Float64Array[],
  to: readonly Float64Array[],
): Float64Array {
  const outputs = from[0]?.length ?? 0
  const gradient = new Float64Array(from.length * outputs)
  if (head.isStraight) {
    head.gradient(from, gradient)
    return gradient
  }
  const logits = from.map((member) => new Float64Array(member.length))
  const direction = new Float64Array(gradient.length)
  for (const [index, member] of to.entries())
    for (let at = 0; at < outputs; at++)
      direction[index * outputs + at] = (member[at] ?? 0) - (from[index]?.[at] ?? 0)
  const go = (place: number) => {
    for (const [index, own] of logits.entries())
      for (let at = 0; at < outputs; at++)
        own[at] = (from[index]?.[at] ?? 0) + place * (direction[index * outputs + at] ?? 0)
  }
  return atOnce(
    pathIntegral({
      direction,
      value(place) {
        go(place)
        return head.value(logits)
      },
      gradient(place) {
        go(place)
        head.gradient(logits, gradient)
        return gradient
      },
    }),
  )
}
