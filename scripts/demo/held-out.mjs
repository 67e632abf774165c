import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { price, text } from './examples.mjs'
import { number, say } from './print.mjs'

const LINES = 1000
const SHOWN = 6

/** @param {string} file @returns {Promise<Record<string, string>[]>} */
export async function readCsvGz(file) {
  const rows = []
  await pipeline(
    createReadStream(file),
    createGunzip(),
    parse({ columns: true, bom: true }),
    async (records) => {
      for await (const record of records) rows.push(record)
    },
  )
  return rows
}

/**
 * Predicts every row of the test file and prints the score.
 * @returns {Promise<import('./examples.mjs').Example[]>} the first rows of the file, to be shown one by one
 */
export async function showHeldOut(client, { model, heldOut: { target, rows } }) {
  const dataset = await client.get(`/datasets/${model}`)
  const inputs = dataset.columns.filter(({ name }) => name !== target)
  const features = rows.map((row) => inputOf(row, inputs))
  const answers = []
  for (let at = 0; at < rows.length; at += LINES)
    answers.push(...(await client.predictLines(model, features.slice(at, at + LINES))))
  const failed = answers.find(({ error }) => error !== undefined)
  if (failed) throw new Error(`a row of the test file was refused: ${failed.error.detail ?? failed.error}`)
  const figures = 'value' in answers[0]
  const truths = rows.map((row) => row[target])
  say(`On all ${number(rows.length)} rows of the test file: ${score(answers, truths, figures)}`)
  return rows
    .slice(0, SHOWN)
    .map((row, i) =>
      figures ? price(model, features[i], Number(row[target])) : text(model, row.text, row[target]),
    )
}

function score(answers, truths, figures) {
  if (figures) {
    const total = answers.reduce((sum, { value }, i) => sum + Math.abs(value - Number(truths[i])), 0)
    return `mean absolute error ${number(total / answers.length)}`
  }
  const right = answers.filter(({ label }, i) => label === truths[i]).length
  return `accuracy ${(right / answers.length).toFixed(4)}`
}

/** Converts a CSV row to the form that `/predict` takes: numbers as numbers, missing values as null. */
function inputOf(row, inputs) {
  return Object.fromEntries(
    inputs.map(({ name, type }) => {
      if (row[name] === '' && type !== 'text') return [name, null]
      return [name, type === 'number' ? Number(row[name]) : row[name]]
    }),
  )
}
