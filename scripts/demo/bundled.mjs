import { readFile } from 'node:fs/promises'

const FOLDER = new URL('../../examples/', import.meta.url)

/** The two data sets that the project owns, with rows that are not in them. */
export async function bundledCases() {
  const { reviews, houses } = JSON.parse(await readFile(new URL('predictions.json', FOLDER), 'utf8'))
  return [
    {
      title: 'Sentiment of film reviews',
      about:
        'examples/reviews.csv: short reviews written for this project. So few teach the plain words of praise and blame, no more; try --data imdb for a model of worth.',
      model: 'reviews',
      file: 'examples/reviews.csv',
      examples: reviews.map(({ text, label }) => sentiment('reviews', text, label)),
    },
    {
      title: 'Prices of houses',
      about:
        'examples/houses.csv: 3,000 blocks of the Californian census of 1990, about 15% of the full data (--data california). Expect errors of some 40,000 $.',
      model: 'houses',
      file: 'examples/houses.csv',
      examples: houses.map(({ features, value }) => price('houses', features, value)),
    },
  ]
}

/** One text whose label is known. */
export function sentiment(model, text, label) {
  return {
    request: { model, text },
    name: text.length > 90 ? `${text.slice(0, 89)}…` : text,
    truth: undefined,
    judge: (answer) => ({ text: `${answer.label} ${answer.score.toFixed(2)}`, good: answer.label === label }),
  }
}

/** One row of numbers whose target is known. */
export function price(model, features, value) {
  const shown = Object.entries(features).slice(0, 3)
  return {
    request: { model, features },
    name: `${shown.map(([name, number]) => `${name} ${number}`).join(', ')}, …`,
    truth: value.toLocaleString('en'),
    judge: (answer) => ({
      text: Number(answer.value.toPrecision(4)).toLocaleString('en'),
    }),
  }
}
