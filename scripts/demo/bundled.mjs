import { readFile } from 'node:fs/promises'
import { price, text } from './examples.mjs'

const FOLDER = new URL('../../examples/', import.meta.url)

/** The two data sets that the project owns, with rows that are not in them. */
export async function bundledCases() {
  const { reviews, houses } = JSON.parse(await readFile(new URL('predictions.json', FOLDER), 'utf8'))
  return [
    {
      title: 'Sentiment of film reviews',
      about: `examples/reviews.csv: 876 short reviews, written by one author for this project. That is few: enough
for plain words of praise and blame. Real reviews need more data: npm run demo -- --data imdb`,
      model: 'reviews',
      file: 'examples/reviews.csv',
      examples: reviews.map((each) => text('reviews', each.text, each.label)),
    },
    {
      title: 'Prices of houses',
      about: `examples/houses.csv: 3,000 blocks of houses from the Californian census of 1990, 15% of the full data
(npm run demo -- --data california). The mean price is some 204,000 dollars; expect errors of some 40,000.`,
      model: 'houses',
      file: 'examples/houses.csv',
      examples: houses.map(({ features, value }) => price('houses', features, value)),
    },
  ]
}
