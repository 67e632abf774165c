import { describe, expect, it } from 'vitest'
import type { Scored } from '../../../src/evaluation/losses.ts'
import type { TargetState } from '../../../src/models/target.ts'
import { completeRecipe, RecipeInput } from '../../../src/recipe/index.ts'
import {
  calibrate,
  calibratedScores,
  evaluateCalibrated,
  measuredCalibrated,
  withCalibrationOf,
} from '../../../src/training/calibration/calibrate.ts'
import { fitCalibration, randomParts } from '../../../src/training/calibration/choose.ts'
import { evaluate } from '../../../src/training/evaluate.ts'
import { congruential } from '../../helpers/congruential.ts'

const ROWS = 400
type Labels = 'two' | 'three'
const CLASSES = { two: ['no', 'yes'], three: ['a', 'b', 'c'] }

function recipeOf(labels: Labels, input: object) {
  const names = CLASSES[labels]
  const { recipe, problems } = completeRecipe(RecipeInput.parse({ target: 'label', ...input }), {
    rows: ROWS,
    columns: [
      { name: 'x', type: 'number', missing: 0, min: 0, max: 1, mean: 0.5, distinct: ROWS },
      {
        name: 'label',
        type: 'category',
        missing: 0,
        classes: Object.fromEntries(names.map((name) => [name, Math.floor(ROWS / names.length)])),
      },
    ],
  })
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

const sigmoid = (odds: number) => 1 / (1 + Math.exp(-odds))
const noise = congruential(ROWS, 21)

/** Rows of two classes whose logits are three times as large as they should be. */
const two: Scored = (() => {
  const logits = Float64Array.from(congruential(ROWS, 20), (value) => 18 * (value - 0.5))
  const truth = logits.map((logit, row) => ((noise[row] ?? 0) < sigmoid(logit / 3) ? 1 : 0))
  return { rows: ROWS, outputs: 1, logits, truth }
})()
const three: Scored = (() => {
  const logits = Float64Array.from(congruential(3 * ROWS, 22), (value) => 12 * (value - 0.5))
  const truth = Float64Array.from({ length: ROWS }, (_, row) => {
    const own = [...logits.subarray(3 * row, 3 * row + 3)].map((logit) => Math.exp(logit / 3))
    let left = (noise[row] ?? 0) * own.reduce((sum, value) => sum + value, 0)
    let label = 0
    while (label < 2 && left > (own[label] ?? 0)) left -= own[label++] ?? 0
    return label
  })
  return { rows: ROWS, outputs: 3, logits, truth }
})()
const binary: TargetState = { task: 'binary', classes: CLASSES.two, threshold: 0.5 }
const multiclass: TargetState = { task: 'multiclass', classes: CLASSES.three }
const regression: TargetState = { task: 'regression', log: false, shift: 0, scale: 1 }
const parts = randomParts(ROWS)

describe('scored rows', () => {
  it('stay as they are where the recipe calibrates none, where there are none, and without classes', () => {
    const plain = (target: TargetState, scored: Scored) => ({ target, scored, answered: scored, figures: {} })
    const auto = recipeOf('two', { calibration: 'auto' })
    expect(calibrate(recipeOf('two', { calibration: 'none' }), binary, two, parts)).toEqual(
      plain(binary, two),
    )
    const none = { rows: 0, outputs: 1, logits: new Float64Array(), truth: new Float64Array() }
    expect(calibrate(auto, binary, none, [])).toEqual(plain(binary, none))
    expect(calibrate(auto, regression, two, parts)).toEqual(plain(regression, two))
    expect(calibratedScores(binary, two)).toBe(two)
    expect(calibratedScores(regression, two)).toBe(two)
  })

  it('tell what was tried where no map was found', () => {
    const turned = { ...two, truth: two.truth.map((label) => 1 - label) }
    const recipe = recipeOf('two', { calibration: 'platt' })
    const { target, scored, answered, figures } = calibrate(recipe, binary, turned, parts)
    expect({ target, scored, answered }).toEqual({ target: binary, scored: turned, answered: turned })
    const { calibration } = figures
    expect(calibration).toMatchObject({ method: 'none', tried: { none: calibration?.before.logLoss } })
    expect(calibration?.after).toEqual(calibration?.before)
  })

  it('have probabilities by maps that they did not fit, and answers by the map that all fit', () => {
    const recipe = recipeOf('two', { calibration: 'platt' })
    const { target, scored, answered, figures } = calibrate(recipe, binary, two, parts)
    const state = fitCalibration(two, 'platt')
    expect(target).toEqual({ ...binary, calibration: state })
    if (state?.method !== 'platt') throw new Error('no map')
    const shift = state.shifts[0] ?? 0
    const calibrated = two.logits.map((logit) => state.slope * logit + shift)
    expect(answered).toEqual({ ...two, logits: calibrated })
    expect(calibratedScores(target, two)).toEqual(answered)
    // Row 0 by the map that the rows of the other parts fit.
    const others = [...two.logits.keys()].filter((row) => parts[row] !== parts[0])
    const pick = (values: Float64Array) => Float64Array.from(others, (row) => values[row] ?? 0)
    const own = fitCalibration(
      { rows: others.length, outputs: 1, logits: pick(two.logits), truth: pick(two.truth) },
      'platt',
    )
    if (own?.method !== 'platt') throw new Error('no map')
    expect(scored.logits[0]).toBeCloseTo(own.slope * (two.logits[0] ?? 0) + (own.shifts[0] ?? 0), 12)
    expect(scored.answered).toBeUndefined()

    const logLoss = (logits: Float64Array) =>
      logits.reduce(
        (sum, logit, row) => sum + Math.log1p(Math.exp(two.truth[row] === 1 ? -logit : logit)),
        0,
      ) / ROWS
    const { calibration } = figures
    expect(calibration?.method).toBe('platt')
    expect(calibration?.before.logLoss).toBeCloseTo(logLoss(two.logits), 9)
    expect(calibration?.after.logLoss).toBeCloseTo(logLoss(scored.logits), 9)
    expect(calibration?.tried).toEqual({
      none: calibration?.before.logLoss,
      platt: calibration?.after.logLoss,
    })
    expect(calibration?.after.expectedCalibrationError).toBeLessThan(
      (calibration?.before.expectedCalibrationError ?? 0) / 2,
    )
  })

  it('have the order of the version’s own map where figures are of the order alone', () => {
    const recipe = recipeOf('two', { calibration: 'platt', metrics: ['auc', 'accuracy'] })
    const rows = calibrate(recipe, binary, two, parts)
    const evaluation = evaluateCalibrated(recipe, rows)
    const own = evaluate(recipe, rows.target, rows.answered)
    const crossed = evaluate(recipe, rows.target, rows.scored)
    expect(evaluation).toEqual({
      ...crossed,
      ...rows.figures,
      metrics: { ...crossed.metrics, auc: own.metrics['auc'] },
      roc: own.roc,
      precisionRecall: own.precisionRecall,
    })
    // Maps of five parts disturb the order: were it the same, this would show nothing.
    expect(crossed.metrics['auc']).not.toBe(own.metrics['auc'])
    expect(own.metrics['auc']).toBe(evaluate(recipe, binary, two).metrics['auc'])
    expect(evaluateCalibrated(recipe, { target: binary, scored: two, answered: two, figures: {} })).toEqual(
      evaluate(recipe, binary, two),
    )
    const heat = recipeOf('three', { calibration: 'temperature' })
    const many = calibrate(heat, multiclass, three, parts)
    expect(evaluateCalibrated(heat, many)).toEqual({
      ...evaluate(heat, many.target, many.scored),
      ...many.figures,
    })
  })

  it('are measured by losses of maps that they did not fit, and answers of the version’s own', () => {
    const recipe = recipeOf('two', { calibration: 'platt' })
    const rows = calibrate(recipe, binary, two, parts)
    const { losses, scored } = measuredCalibrated(recipe, rows, two.truth)
    expect(scored.logits).toEqual(rows.answered.logits)
    for (const row of [0, 1, 2]) {
      const logit = rows.scored.logits[row] ?? 0
      expect(losses[row]).toBeCloseTo(Math.log1p(Math.exp(two.truth[row] === 1 ? -logit : logit)), 9)
    }
  })
})

describe('a network that was trained with weights of classes', () => {
  const answersOf = ({ logits }: Scored) => [...logits].map((logit) => (logit >= 0 ? 1 : 0))

  it('keeps its answers of two classes by another threshold', () => {
    const recipe = recipeOf('two', { calibration: 'platt', classWeights: 'balanced' })
    const { target, scored } = calibrate(recipe, binary, two, parts)
    const state = fitCalibration(two, 'platt')
    if (target.task !== 'binary' || state?.method !== 'platt') throw new Error('no map')
    // The logit 0 of the threshold ½ goes through the map as well.
    expect(target.threshold).toBeCloseTo(sigmoid(state.shifts[0] ?? 0), 9)
    expect([...(scored.answered ?? [])]).toEqual(answersOf(two))
    const other = calibrate(recipe, { ...binary, threshold: 0.8 }, two, parts).target
    expect(other.task === 'binary' && other.threshold).toBeCloseTo(
      sigmoid(state.slope * Math.log(4) + (state.shifts[0] ?? 0)),
      9,
    )
  })

  it('keeps those of several by shifts, and leaves a threshold that a rule chooses to the rule', () => {
    const recipe = recipeOf('three', { calibration: 'platt', classWeights: 'balanced' })
    const { target, scored } = calibrate(recipe, multiclass, three, parts)
    const state = fitCalibration(three, 'platt')
    if (target.task !== 'multiclass' || state?.method !== 'platt') throw new Error('no map')
    expect(target.decisionShifts).toEqual(state.shifts)
    const likeliest = Array.from({ length: ROWS }, (_, row) => {
      const own = [...three.logits.subarray(3 * row, 3 * row + 3)]
      return own.indexOf(Math.max(...own))
    })
    expect([...(scored.answered ?? [])]).toEqual(likeliest)
    const warm = recipeOf('three', { calibration: 'temperature', classWeights: 'balanced' })
    expect(calibrate(warm, multiclass, three, parts).target).toEqual({
      ...multiclass,
      calibration: fitCalibration(three, 'temperature'),
    })
    const ruled = recipeOf('two', {
      calibration: 'platt',
      classWeights: 'balanced',
      threshold: { metric: 'f1' },
    })
    expect(calibrate(ruled, binary, two, parts).scored.answered).toBeUndefined()
  })
})

describe('a network that is trained again on all rows', () => {
  const calibration = { method: 'temperature' as const, temperature: 2 }

  it('gets the map of the first one, with the shifts of its answers', () => {
    expect(withCalibrationOf(binary, { ...binary, threshold: 0.7, calibration })).toEqual({
      ...binary,
      calibration,
    })
    expect(withCalibrationOf(multiclass, { ...multiclass, calibration })).toEqual({
      ...multiclass,
      calibration,
    })
    const decisionShifts = [0, 1, 2]
    expect(withCalibrationOf(multiclass, { ...multiclass, calibration, decisionShifts })).toEqual({
      ...multiclass,
      calibration,
      decisionShifts,
    })
  })

  it('stays as it is where the first has none, or is of another task', () => {
    for (const target of [binary, multiclass, regression])
      for (const chosen of [binary, multiclass, regression])
        expect(withCalibrationOf(target, chosen)).toBe(target)
    expect(withCalibrationOf(binary, { ...multiclass, calibration })).toBe(binary)
    expect(withCalibrationOf(multiclass, { ...binary, calibration })).toBe(multiclass)
    expect(withCalibrationOf(multiclass, { ...multiclass, decisionShifts: [1] })).toBe(multiclass)
  })
})
