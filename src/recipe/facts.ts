import type { BagEncoder } from './encoders/bag.ts'
import type { LossName } from './losses.ts'
import type { OptimizerInput } from './optimizers.ts'
import type { Schedule, Validation } from './parts.ts'
import type { CandidateInput, CompleteRecipe, RecipeInput } from './schema.ts'
import type { ColumnDescription } from './table.ts'
import type { Task } from './task.ts'

/** Facts about the data from which a recipe is filled in. */
export interface Facts {
  task: Task
  inputs: readonly ColumnDescription[]
  /** Rows that have a target. */
  rows: number
  /** Different values of a classifier's target; 1 for a regression. */
  classes: number
  /** The target; null: there are several. */
  target: ColumnDescription | null
  /** Names of the sets of word vectors that are installed. Default: none is. */
  vectorSets?: readonly string[]
}

/** The fields of a recipe that go together: what a network sees, how it is built and how it learns. */
export interface Choice
  extends Pick<CompleteRecipe, 'scaling' | 'bins' | 'layers' | 'epochs' | 'batchSize' | 'ensemble'> {
  /** For text columns. */
  encoder: BagEncoder
  optimizer: OptimizerInput
  /** Default: the ensemble has no other members. */
  otherMembers?: CandidateInput['otherMembers']
  learningRateSchedule: Schedule | null
  loss: LossName
  /** What replaces a missing number. Default: `median`. */
  missing?: CompleteRecipe['missing']
  /** What numbers outside of the range count as. Default: `clamp`. */
  outside?: CompleteRecipe['outside']
  /** The columns that are a place on a map. Default: none are taken for one. */
  coordinates?: CompleteRecipe['coordinates']
  /** Other ways to train that the data may prefer. Default: none. */
  candidates?: readonly CandidateInput[]
  /** The model's family. Default: layers. */
  network?: RecipeInput['network']
  /** How it is validated. Default: that of all recipes. */
  validation?: Validation
  /** Epochs of the last fit on all rows: the best ones, all, or no such fit. Default: `best`. */
  finalEpochs?: 'best' | 'all' | 'none'
}
