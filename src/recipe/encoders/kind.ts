import type { AddProblem } from '../problems.ts'
import type { Task } from '../task.ts'

/**
 * Everything that a recipe needs to know about one kind of text encoder: which options it has, and what they cost.
 * How it learns and encodes is the models' part (`TextKind` in src/models/encoders/text.ts).
 *
 * All figures are for one text column. They are methods, not properties with functions, so that a kind which takes
 * only its own options still fits into a record of all kinds (TypeScript compares parameters of methods both ways).
 */
export interface EncoderKind<Options> {
  /** Values of the options that a client leaves out. */
  readonly defaults: Omit<Options, 'type'>
  /** True if its network has an embedding, which the engine `typed` cannot train. */
  readonly needsTensorFlow: boolean
  /** Adds the problems that the schema cannot express: those that depend on the task or on several options. */
  check(encoder: Options, task: Task, problem: AddProblem): void
  /** Upper bound of the inputs that the first dense layer gets. */
  inputs(encoder: Options): number
  /** Inputs of an average row that are not 0. @param meanLength characters of an average text */
  filledInputs(encoder: Options, meanLength: number): number
  /** Numbers of an encoded row that a training step holds in full; null if it holds only the nonzero ones. */
  laidOut(encoder: Options): number | null
  /** Weights of the embedding, 0 without one. */
  embeddingParameters(encoder: Options): number
  /** Inputs that the texts' vocabulary is likely to fill. @param characters of all texts together */
  likelyTerms(encoder: Options, characters: number): number
  /** Nanoseconds from reading one character of a text until it is encoded. */
  nsPerCharacter(encoder: Options): number
  /** Memory of the texts and their counted terms while the encoder learns, in bytes. @param characters of all texts */
  bytes(encoder: Options, characters: number): number
  /** Returns why no word vectors can stand beside its terms, as a sentence; undefined if they can. Absent: it has no terms. */
  vectorsFault?(encoder: Options): string | undefined
}
