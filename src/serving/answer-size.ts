import { FitserveError } from '../errors.ts'
import type { Predictor } from '../models/predictor.ts'
import { counted } from '../numbers.ts'
import { asksForUncertainty, type UncertaintyOptions } from '../uncertainty-options.ts'
import type { NotedPrediction, PredictOptions } from './contract.ts'
import { bytesOf, MAX_EXPLANATIONS } from './explained-rows.ts'
import type { ServedVersion } from './served-version.ts'

/** Bytes of the predictions of one answer, as JSON: those of 10,000 rows and 200 classes. */
export const MAX_ANSWER = 64 * 2 ** 20
/** Bytes of an answer to some of the rows. */
const MAX_PART = 2 ** 20

/** Returns the rows whose predictions fit into one answer. @throws FitserveError `invalid-rows` if these are not all */
export function rowsThatFit(
  { predictor }: ServedVersion,
  rows: readonly unknown[],
  { path, partly, uncertainty }: PredictOptions,
): readonly unknown[] {
  const rowBytes = answerBytes(predictor, uncertainty)
  const maxRows = Math.max(1, Math.floor((partly ? MAX_PART : MAX_ANSWER) / rowBytes))
  if (rows.length <= maxRows) return rows
  if (partly) return rows.slice(0, maxRows)
  const megabytes = Math.ceil((rows.length * rowBytes) / 2 ** 20)
  const message = `The predictions of ${counted(rows.length, 'row')} may take ${megabytes} MB, above the limit of ${MAX_ANSWER / 2 ** 20} MB, since each has the probabilities of all classes. Send at most ${counted(maxRows, 'row')}, or a stream of application/x-ndjson.`
  throw new FitserveError('invalid-rows', message, { problems: [{ path, message }] })
}

/** How many times as large a prediction is with a set or intervals: three numbers for each, and their names. */
const UNCERTAINTY_FACTOR = 5

/** Returns the most bytes that one prediction takes as JSON, without notes or an explanation. */
export function answerBytes(
  predictor: Pick<Predictor, 'answerBytes'>,
  uncertainty: UncertaintyOptions | undefined,
): number {
  return predictor.answerBytes * (uncertainty && asksForUncertainty(uncertainty) ? UNCERTAINTY_FACTOR : 1)
}

/** Limits the size of an answer's notes or explanations, which is only known once they are made. */
export class NotesLimit {
  readonly #options: PredictOptions
  readonly #limit: number
  #left: number

  /** @param predictionBytes the most bytes that the predictions take without notes */
  constructor(options: PredictOptions, predictionBytes: number) {
    this.#options = options
    this.#limit = options.explain ? MAX_EXPLANATIONS : MAX_ANSWER
    this.#left = options.explain ? MAX_EXPLANATIONS : MAX_ANSWER - predictionBytes
  }

  /** Counts the notes or the explanation of a row. @throws FitserveError `invalid-rows` when there are too many */
  add(prediction: NotedPrediction, index: number): void {
    if ('explanation' in prediction) this.#left -= bytesOf(prediction)
    else if (prediction.notes && prediction.notes.length > 0)
      this.#left -= Buffer.byteLength(JSON.stringify(prediction.notes))
    if (this.#left >= 0 || index === 0) return
    const [what, remedy] = this.#options.explain
      ? ['explanations', 'set "top" in "explain"']
      : ['notes', 'leave "notes" out']
    const message = `The ${what} make the answer larger than the limit of ${this.#limit / 2 ** 20} MB. Send at most ${counted(index, 'row')} like these, or ${remedy}.`
    throw new FitserveError('invalid-rows', message, { problems: [{ path: this.#options.path, message }] })
  }
}
