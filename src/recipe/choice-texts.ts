import { DEFAULT_BINS, LAYER_DEFAULTS, powerOfTwo, TASK_DEFAULTS } from './defaults.ts'
import { type BagEncoder, DEFAULT_ENCODER } from './encoders/bag.ts'
import { CHARACTERS_PER_WORD } from './encoders/text-costs.ts'
import type { Choice, Facts } from './facts.ts'
import type { CandidateInput } from './schema.ts'
import type { ColumnDescription } from './table.ts'

/** Smallest share of letters of compact scripts with which texts are read by characters. */
const COMPACT = 0.3
/** Characters of all texts above which the longest n-gram is one shorter. */
const MANY_CHARACTERS = 100e6
/** Characters of all texts above which it is two shorter. */
const TOO_MANY_CHARACTERS = 400e6
/** Largest vocabulary of a network with a hidden layer, where each input has one weight for every unit. */
const MOST_INPUTS_HIDDEN = 20_000
/** Largest vocabulary of a linear model. */
const MOST_INPUTS = 500_000
/** The same for short texts of compact scripts, which have more runs of characters that tell something. */
const MOST_INPUTS_COMPACT = 2_000_000
/** Characters of all texts below which a term that occurs once is kept: next to none would occur twice. */
const FEW_CHARACTERS = 4_000
/** Mean number of characters up to which texts are short: they have few words, and runs of characters tell more. */
const SHORT_TEXT = 200
/** Characters of all texts up to which runs of characters are a candidate. */
const MOST_SHORT_CHARACTERS = 5e6
/** Number of classes up to which they are one: a linear model has as many weights for each run. */
const MOST_LINEAR_CLASSES = 100
/** Largest vocabulary of runs of characters. */
const MOST_RUNS = 100_000
/** Number of rows below which the best epoch of four folds is chance, so that the last fit takes all epochs. */
const FEW_ROWS = 20
/** Number of rows from which word vectors are no candidate: so many rows tell what their words mean. */
const MANY_ROWS = 5_000
/** Smallest product of learning rate and number of steps, which few rows reach only in more epochs. */
const LEAST_DISTANCE = 1.8
/** Largest number of epochs, however few rows there are. */
const MOST_EPOCHS = 200

/**
 * Returns the choice for tables with a text column. Texts alone with two classes get a linear model of many n-grams
 * scaled by naive-Bayes ratios (Wang and Manning 2012): a hidden layer would multiply its time. More classes, a
 * regression, or other columns beside the texts get one hidden layer with dropout.
 */
export function choiceForTexts(facts: Facts): Choice {
  const { task, inputs, rows, classes } = facts
  const texts = inputs.filter(({ type }) => type === 'text')
  const alone = texts.length === inputs.length
  const linear = task === 'binary' && alone
  const units = Math.max(128, 2 ** Math.ceil(Math.log2(classes)))
  const isShort = linear && isShortCompact(texts, rows)
  const isWeighed = isShort || (alone && (task === 'multiclass' || task === 'multiLabel'))
  // Weights of tf-idf are small, so they need larger steps.
  const learningRate = isWeighed ? 0.01 : 0.003
  // The time of a step grows with the number of weights, so a wider layer gets fewer steps.
  const batchSize = powerOfTwo((rows / 160) * (linear ? 1 : units / 128), 16, isShort ? 256 : 512)
  const least = Math.ceil(LEAST_DISTANCE / learningRate / Math.max(1, rows / batchSize))
  return {
    encoder: linear ? linearEncoder(texts, rows) : hiddenEncoder(facts, texts),
    scaling: 'piecewiseLinear',
    bins: DEFAULT_BINS,
    layers: linear ? [] : [{ units, ...LAYER_DEFAULTS, dropout: alone ? 0.5 : 0.2 }],
    optimizer: { type: 'adam', learningRate },
    learningRateSchedule: { type: 'cosine', alpha: 0 },
    loss: task === 'regression' ? 'meanAbsoluteError' : TASK_DEFAULTS[task].loss,
    // About a thousand steps; an epoch of few rows has fewer. Other columns take longer to learn than texts.
    epochs: Math.max(rows < 2_000 || !alone ? 12 : 6, Math.min(MOST_EPOCHS, least)),
    finalEpochs: rows < FEW_ROWS ? 'all' : 'best',
    batchSize,
    ensemble: 1,
    candidates: withVectors(
      facts,
      texts,
      task === 'multiclass' && alone ? runsOfCharacters(texts, facts) : [],
    ),
  }
}

/**
 * Returns candidates, and behind them the recipe itself and each of them with word vectors beside the terms, where a set is
 * installed, its language may be that of the texts, and a classifier has few rows.
 */
function withVectors(
  { task, rows, vectorSets: [vectors] = [] }: Facts,
  texts: readonly ColumnDescription[],
  candidates: readonly CandidateInput[],
): CandidateInput[] {
  const classifies = task === 'binary' || task === 'multiclass'
  if (vectors === undefined || !classifies || rows < FEW_ROWS || rows >= MANY_ROWS || isCompact(texts))
    return [...candidates]
  return [...candidates, ...[{}, ...candidates].map((candidate) => ({ ...candidate, vectors }))]
}

/**
 * Returns a linear model of runs of characters, with naive-Bayes ratios, as the candidate for short texts of several classes.
 */
function runsOfCharacters(texts: readonly ColumnDescription[], { rows, classes }: Facts): CandidateInput[] {
  const characters = charactersOf(texts, rows)
  const isShort = characters <= SHORT_TEXT * rows && characters <= MOST_SHORT_CHARACTERS
  if (!isShort || classes > MOST_LINEAR_CLASSES || isCompact(texts)) return []
  const ngrams: [number, number] = [2, 5]
  return [
    {
      encoder: {
        ...DEFAULT_ENCODER,
        type: 'tfIdf',
        analyzer: 'char',
        ngrams,
        minCount: leastCount(characters),
        numWords: termBound(characters, ngrams, true, MOST_RUNS),
        naiveBayes: true,
      },
      layers: [],
      epochs: rows < 2_000 ? 20 : 10,
    },
  ]
}

/**
 * Returns an encoder that notes which n-grams occur: up to three words, or up to five characters of compact scripts. Those
 * of short texts in such scripts have up to six characters and tf-idf weights, which validated better there.
 */
function linearEncoder(texts: readonly ColumnDescription[], rows: number): BagEncoder {
  const characters = charactersOf(texts, rows)
  const byCharacter = isCompact(texts)
  const isWeighed = isShortCompact(texts, rows)
  const longest = characters <= MANY_CHARACTERS ? 3 : characters <= TOO_MANY_CHARACTERS ? 2 : 1
  const ngrams: [number, number] = [1, isWeighed ? longest + 3 : byCharacter ? longest + 2 : longest]
  return {
    ...DEFAULT_ENCODER,
    type: isWeighed ? 'tfIdf' : 'multiHot',
    analyzer: byCharacter ? 'charAcross' : 'word',
    ngrams,
    minCount: leastCount(characters),
    numWords: termBound(characters, ngrams, byCharacter, isWeighed ? MOST_INPUTS_COMPACT : MOST_INPUTS),
    naiveBayes: true,
  }
}

/** Returns an encoder with tf-idf weights, which give texts of any length the same norm. */
function hiddenEncoder({ task, rows }: Facts, texts: readonly ColumnDescription[]): BagEncoder {
  const byCharacter = isCompact(texts)
  // Single words tell topics; a rating also needs pairs of words ("not good").
  const ngrams: [number, number] = [1, byCharacter ? 4 : task === 'regression' ? 2 : 1]
  const characters = charactersOf(texts, rows)
  return {
    ...DEFAULT_ENCODER,
    type: 'tfIdf',
    analyzer: byCharacter ? 'charAcross' : 'word',
    ngrams,
    minCount: leastCount(characters),
    numWords: termBound(characters, ngrams, byCharacter, MOST_INPUTS_HIDDEN),
    naiveBayes: task !== 'regression' && task !== 'multiLabel',
  }
}

function charactersOf(texts: readonly ColumnDescription[], rows: number): number {
  return rows * texts.reduce((sum, { meanLength = 0 }) => sum + meanLength, 0)
}

/** Returns whether a good part of the texts is in scripts where a few characters make a word. */
function isCompact(texts: readonly ColumnDescription[]): boolean {
  let compact = 0
  let all = 0
  for (const { compactScript = 0, meanLength = 0 } of texts) {
    compact += compactScript * meanLength
    all += meanLength
  }
  return compact >= COMPACT * all && compact > 0
}

/** Returns whether texts are short and in compact scripts. */
function isShortCompact(texts: readonly ColumnDescription[], rows: number): boolean {
  return isCompact(texts) && charactersOf(texts, rows) <= SHORT_TEXT * rows
}

/** Returns how often a term has to occur: once where the texts are few, else twice. */
function leastCount(characters: number): number {
  return characters < FEW_CHARACTERS ? 1 : 2
}

/** Returns a bound of the vocabulary: at most half of all occurrences are terms that occur twice. */
function termBound(
  characters: number,
  [from, to]: readonly [number, number],
  byCharacter: boolean,
  most: number,
): number {
  const occurrences = (characters / (byCharacter ? 1 : CHARACTERS_PER_WORD)) * (to - from + 1)
  const terms = occurrences / leastCount(characters)
  return Math.min(most, Math.max(1_000, Math.ceil(terms / 1_000) * 1_000))
}
