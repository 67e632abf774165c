import { number } from './print.mjs'

const SHOWN = 90

/**
 * A row to predict, with the true answer.
 * @typedef {{ request: object, name: string, truth: string, judge: (answer: any) => { text: string, good?: boolean } }} Example
 */

/** @returns {Example} a text whose label is known */
export function text(model, content, label) {
  const line = content.replace(/\s+/g, ' ')
  return {
    request: { model, text: content },
    name: line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line,
    truth: label,
    judge(answer) {
      const share = answer.probabilities[answer.label]
      return { text: `${answer.label} ${percent(share)}`, good: answer.label === label }
    },
  }
}

/** @returns {Example} a row of figures whose target is known */
export function price(model, features, value) {
  const shown = Object.entries(features).slice(0, 3)
  return {
    request: { model, features },
    name: `${shown.map(([name, figure]) => `${name} ${figure}`).join(', ')}, …`,
    truth: number(value),
    judge: (answer) => ({ text: number(Number(answer.value.toPrecision(4))) }),
  }
}

/** Formats a probability as a percentage, at most 99%: 100% would claim certainty. */
const percent = (share) => `${Math.min(99, Math.round(100 * share))}%`
