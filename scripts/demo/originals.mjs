import { stat } from 'node:fs/promises'
import { ORIGINALS, originalData } from '../originals/index.mjs'
import { readCsvGz } from './held-out.mjs'
import { number } from './print.mjs'

/** The book's recipe for each public data set; it does not treat california, which gets the same layers. */
const WORDS = { type: 'multiHot', numWords: 10_000 }
const BOOK = {
  imdb: {
    title: 'Sentiment of IMDB reviews',
    recipe: {
      encoder: WORDS,
      layers: [{ units: 16 }, { units: 16 }],
      optimizer: 'rmsprop',
      epochs: 20,
      batchSize: 512,
      validation: { rows: 10_000 },
      earlyStopping: { monitor: 'valLoss', patience: 2, restoreBest: true },
    },
  },
  reuters: {
    title: 'Topics of Reuters newswires',
    recipe: {
      encoder: WORDS,
      layers: [{ units: 64 }, { units: 64 }],
      optimizer: 'rmsprop',
      epochs: 20,
      batchSize: 512,
      validation: { rows: 1000 },
    },
  },
  boston: {
    title: 'House prices in Boston, in thousands of dollars',
    recipe: {
      layers: [{ units: 64 }, { units: 64 }],
      optimizer: 'rmsprop',
      epochs: 120,
      batchSize: 16,
      validation: { split: 0.2 },
    },
  },
  california: {
    title: 'House prices in California, in dollars',
    recipe: { layers: [{ units: 64 }, { units: 64 }], validation: { split: 0.2 } },
  },
}

/**
 * A public data set with the book's recipe; its rows are fetched by scripts/originals.
 * @param {string} name one of `ORIGINALS`
 */
export async function originalCase(name) {
  if (!ORIGINALS.includes(name)) throw new Error(`there is no data set ${name}`)
  const { train, test, target, from } = await originalData(name)
  const { title, recipe } = BOOK[name]
  const heldOut = { target, rows: await readCsvGz(test) }
  const kilobytes = (await stat(train)).size / 1e3
  return {
    title,
    recipe: { target, ...recipe },
    about: `The public data set, from ${from}: a training file of ${number(kilobytes)} kB (gzip),
and a test file of ${number(heldOut.rows.length)} rows that training never sees. The recipe is of the book's kind.`,
    model: name,
    file: train,
    heldOut,
  }
}
