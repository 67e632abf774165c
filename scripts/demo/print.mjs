import { gzipSuffix } from './client.mjs'

/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`)
}

/** With thousands apart; three digits of what is small. @param {number} value */
export function number(value) {
  if (Math.abs(value) < 100) return String(Number(value.toPrecision(3)))
  return Math.round(value).toLocaleString('en')
}

/** Prints a curl command that does a step of the demo. */
export function curl(url, { file, type, json }) {
  if (file !== undefined) {
    const encoding = gzipSuffix(file) ? ` -H 'Content-Encoding: gzip'` : ''
    say(`  curl -X POST '${url}' -H 'Content-Type: ${type}'${encoding} --data-binary @${file}`)
  } else
    say(
      `  curl '${url}' -H 'Content-Type: application/json' -d '${JSON.stringify(json).replaceAll("'", "'\\''")}'`,
    )
}

/**
 * Requests each example's prediction and prints it beside the true answer.
 * @param {import('./examples.mjs').Example[]} examples
 */
export async function showPredictions(client, examples) {
  say('\nPredictions for rows that are not in the training data:')
  let judged = 0
  let right = 0
  for (const { request, name, truth, judge } of examples) {
    const { text, good } = judge(await client.post('/predict', request))
    if (good !== undefined) judged += 1
    if (good) right += 1
    const wrong = good === false ? `  (in truth ${truth})` : ''
    say(
      good === undefined
        ? `  ${text} (in truth ${truth})  ${name}`
        : `  ${good ? '✓' : '✗'} ${text}  ${name}${wrong}`,
    )
  }
  if (judged > 0) say(`  ${right} of ${judged} right`)
}

/** Prints progress: one line that is rewritten on a terminal, a line every few seconds elsewhere. */
export class ProgressLine {
  #last = 0
  #open = false

  /** @param {string} text */
  update(text) {
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\x1b[2K${text}`)
      this.#open = true
    } else if (Date.now() - this.#last > 3000) {
      this.#last = Date.now()
      say(text)
    }
  }

  /** @param {string} text */
  end(text) {
    if (this.#open) process.stdout.write('\r\x1b[2K')
    this.#open = false
    say(text)
  }
}
