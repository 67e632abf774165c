/** Jobs on the project's own example data. */
export const REVIEWS = {
  model: 'reviews',
  dataset: 'reviews',
  recipe: {
    encoder: { type: 'multiHot', numWords: 5000 },
    layers: [{ units: 16 }],
    epochs: 12,
    batchSize: 32,
    validation: { split: 0.2 },
  },
}
export const HOUSES = {
  model: 'houses',
  dataset: 'houses',
  recipe: { layers: [{ units: 32 }], epochs: 20, batchSize: 64, validation: { split: 0.2 } },
}
/** Lasts some seconds, so that there is time to disturb it; its many small steps are TensorFlow's. */
export function longJob(model: string, epochs = 45) {
  const recipe = {
    layers: [{ units: 8 }],
    epochs,
    batchSize: 64,
    engine: 'tensorflow',
    validation: { split: 0.2 },
    earlyStopping: null,
  }
  return { model, dataset: 'houses', recipe }
}
/** Lasts until it is cancelled. */
export function endlessJob(model: string) {
  return longJob(model, 1_000_000)
}

/** Sentences that are not in the example data. */
export const PRAISE = 'A wonderful film, moving and beautifully acted. I loved it.'
export const BLAME = 'A dull, lifeless mess with terrible acting. I was bored and annoyed.'
