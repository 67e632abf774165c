import type { Unlearnt } from '../encoders/column-encoder.ts'
import type { Span } from '../encoders/words/term-locator.ts'

/** Which answer is explained, and how much of it is told. */
export interface ExplainOptions {
  /** Number of contributions that are listed, the largest first. Default: all. */
  top?: number | undefined
  /** The class or label that is explained. Default: the positive class of two, else the likeliest one that is answered. */
  label?: string | undefined
  /** The target that is explained. Default: the first one. */
  target?: string | undefined
}

/** What a term or a feature adds to the explained number. */
export interface Contribution {
  /** A term of a text. */
  term?: string
  /** The column; of a term only where the model has several columns. */
  feature?: string
  contribution: number
  /** Places of the term in the text as it was sent, in UTF-16 units, the end excluded; at most 100. */
  spans?: Span[]
  /** Number of all its places, where these are more than `spans`. */
  count?: number
  /** False for a word that the model does not know and reads as any other unknown one. */
  known?: false
}

/**
 * The unit of the explained number: the logit of a class or label (before sigmoid or softmax), the natural logarithm of
 * an ordered class's probability, the value in the target's unit, or ln(1 + value).
 */
export type ExplainedScale = 'logit' | 'logProbability' | 'value' | 'logValue'

/** Why a row is answered as it is. */
export interface Explanation {
  /** The explained number for the empty row. */
  base: number
  /** The largest contributions first. With `base` and `rest` they add up to `output`. */
  explanation: Contribution[]
  explained: {
    /** The class or label. */
    label?: string
    /** The target, where there are several. */
    target?: string
    scale: ExplainedScale
    /** The explained number for the row. */
    output: number
    /** Sum of the contributions that are not listed. */
    rest: number
    /** True where the answer is calibrated and `output` is the network's own number before that. */
    beforeCalibration?: true
  }
  notes: ExplainedNote[]
}

/** A column whose value is missing, is not fully read, or lies outside of what the training rows taught. */
export type ExplainedNote = { feature: string } & (
  | Unlearnt
  | { code: 'gap'; message: string }
  | { code: 'unknown-words' | 'cut-text'; message: string; share: number }
)
