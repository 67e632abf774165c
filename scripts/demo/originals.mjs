/** The book's recipe for each public data set. */
const BOOK = {
  imdb: {
    title: 'Sentiment of IMDB reviews',
    recipe: {
      encoder: { type: 'multiHot', numWords: 10_000 },
      layers: [{ units: 16 }, { units: 16 }],
      ...{ epochs: 20, batchSize: 512, validation: { rows: 10_000 } },
      earlyStopping: { monitor: 'valLoss', patience: 2, restoreBest: true },
    },
  },
  reuters: {
    title: 'Topics of Reuters newswires',
    recipe: { layers: [{ units: 64 }, { units: 64 }], epochs: 20 },
  },
  boston: {
    title: 'House prices in Boston',
    recipe: { layers: [{ units: 64 }, { units: 64 }], epochs: 120, batchSize: 16 },
  },
  california: { title: 'House prices in California', recipe: { layers: [{ units: 64 }, { units: 64 }] } },
}

/** A public data set with the book's recipe; its rows are fetched by scripts/originals. */
export async function originalCase(name) {
  const { originalData } = await import('../originals/index.mjs')
  const { train } = await originalData(name)
  return { ...BOOK[name], about: 'The public data set.', model: name, file: train, examples: [] }
}
