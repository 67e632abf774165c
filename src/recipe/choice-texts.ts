import { DEFAULT_BINS, LAYER_DEFAULTS, powerOfTwo, TASK_DEFAULTS } from './defaults.ts'
import { type BagEncoder, DEFAULT_ENCODER } from './encoders/bag.ts'
import type { Choice, Facts } from './facts.ts'
import type { ColumnDescription } from './table.ts'

/** Share of letters of compact scripts from which texts are read by characters. */
const COMPACT = 0.3
const CHARACTERS_A_WORD = 6
const MANY_CHARACTERS = 100e6
const TOO_MANY_CHARACTERS = 400e6
/** Inputs of a network with a hidden layer, where each is as many weights as the layer has units. */
const MOST_INPUTS_HIDDEN = 20_000
const MOST_INPUTS = 500_000
const LEAST_DISTANCE = 1.8
const MOST_EPOCHS = 200

/**
 * For tables with a text column. Two classes of texts alone are told apart by a linear model of many n-grams
 * that are scaled by naive-Bayes ratios (Wang and Manning 2012): a hidden layer would multiply its time. For more
 * classes, for numbers, and where other columns stand beside the texts, there is one hidden layer with dropout.
 */
export function choiceForTexts(facts: Facts): Choice {
  const { task, inputs, rows, classes } = facts
  const texts = inputs.filter(({ type }) => type === 'text')
  const alone = texts.length === inputs.length
  const linear = task === 'binary' && alone
  const units = Math.max(128, 2 ** Math.ceil(Math.log2(classes)))
  const learningRate = alone && task === 'multiclass' ? 0.01 : 0.003
  // A step costs as much as there are weights, so a wider layer takes fewer of them.
  const batchSize = powerOfTwo((rows / 160) * (linear ? 1 : units / 128), 16, 512)
  const least = Math.ceil(LEAST_DISTANCE / learningRate / Math.max(1, rows / batchSize))
  return {
    encoder: linear ? linearEncoder(texts, rows) : hiddenEncoder(facts, texts),
    scaling: 'piecewiseLinear',
    bins: DEFAULT_BINS,
    layers: linear ? [] : [{ units, ...LAYER_DEFAULTS, dropout: alone ? 0.5 : 0.2 }],
    optimizer: { type: 'adam', learningRate },
    learningRateSchedule: { type: 'cosine', alpha: 0 },
    loss: task === 'regression' ? 'meanAbsoluteError' : TASK_DEFAULTS[task].loss,
    // Some thousand steps; with few rows an epoch has less of them. Other columns take longer to learn than texts.
    epochs: Math.max(rows < 2_000 || !alone ? 12 : 6, Math.min(MOST_EPOCHS, least)),
    batchSize,
    ensemble: 1,
  }
}

/** Which terms occur; of words up to three in a row, of compact scripts up to five characters. */
function linearEncoder(texts: readonly ColumnDescription[], rows: number): BagEncoder {
  const characters = charactersOf(texts, rows)
  const byCharacter = isCompact(texts)
  const longest = characters <= MANY_CHARACTERS ? 3 : characters <= TOO_MANY_CHARACTERS ? 2 : 1
  const ngrams: [number, number] = [1, byCharacter ? longest + 2 : longest]
  return {
    ...DEFAULT_ENCODER,
    type: 'multiHot',
    analyzer: byCharacter ? 'charAcross' : 'word',
    ngrams,
    minCount: 2,
    numWords: termBound(characters, ngrams, byCharacter, MOST_INPUTS),
    naiveBayes: true,
  }
}

/** Weighed by tf-idf, which brings texts of any length to the same size. */
function hiddenEncoder({ task, rows }: Facts, texts: readonly ColumnDescription[]): BagEncoder {
  const byCharacter = isCompact(texts)
  // Topics are single words; how much something is liked is also in two ("not good").
  const ngrams: [number, number] = [1, byCharacter ? 4 : task === 'regression' ? 2 : 1]
  return {
    ...DEFAULT_ENCODER,
    type: 'tfIdf',
    analyzer: byCharacter ? 'charAcross' : 'word',
    ngrams,
    minCount: 2,
    numWords: termBound(charactersOf(texts, rows), ngrams, byCharacter, MOST_INPUTS_HIDDEN),
    naiveBayes: task !== 'regression',
  }
}

function charactersOf(texts: readonly ColumnDescription[], rows: number): number {
  return rows * texts.reduce((sum, { meanLength = 0 }) => sum + meanLength, 0)
}

/** Whether a good part of the texts is of scripts in which a few characters make a word. */
function isCompact(texts: readonly ColumnDescription[]): boolean {
  let compact = 0
  let all = 0
  for (const { compactScript = 0, meanLength = 0 } of texts) {
    compact += compactScript * meanLength
    all += meanLength
  }
  return compact >= COMPACT * all && compact > 0
}

/** No more terms occur twice than half of all that there are; so few rows have a small vocabulary. */
function termBound(
  characters: number,
  [from, to]: readonly [number, number],
  byCharacter: boolean,
  most: number,
): number {
  const occurrences = (characters / (byCharacter ? 1 : CHARACTERS_A_WORD)) * (to - from + 1)
  return Math.min(most, Math.max(1_000, Math.ceil(occurrences / 2_000) * 1_000))
}
