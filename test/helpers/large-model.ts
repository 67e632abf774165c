/** The files of a model that an attempt writes. */
export interface ModelFiles {
  'encoder.json': Buffer
  'model.json': Buffer
  'weights.bin': Buffer
}

/**
 * Makes a text classifier by logistic regression that was not trained. Its terms are words and, for each word, nine
 * pairs of words.
 * @param terms number of terms
 * @param weight weight of every term
 */
export function largeModel(terms: number, weight = 0.001): ModelFiles {
  const words = Array.from({ length: Math.ceil(terms / 10) }, (_, at) => `word${at.toString(36)}`)
  const vocabulary = [...words]
  for (let distance = 1; vocabulary.length < terms; distance++)
    for (let at = 0; at < words.length && vocabulary.length < terms; at++)
      vocabulary.push(`${words[at]} ${words[(at + distance) % words.length]}`)
  const weights = new Float32Array(terms + 1).fill(weight)
  const state = {
    kind: 'text',
    type: 'multiHot',
    analyzer: 'word',
    ngrams: [1, 2],
    lowercase: true,
    stripHtml: true,
    refuseGaps: false,
    vocabulary: vocabulary.join('\n'),
    idf: null,
    ratios: Buffer.from(new Float32Array(terms).fill(1).buffer).toString('base64'),
  }
  const encoder = {
    format: 1,
    inputs: [{ name: 'text', type: 'text', state }],
    target: { task: 'binary', classes: ['neg', 'pos'], threshold: 0.5 },
  }
  const layer = { class_name: 'Dense', config: { name: 'output', units: 1, activation: 'sigmoid' } }
  const tensors = [
    { name: 'output/kernel', shape: [terms, 1], dtype: 'float32' },
    { name: 'output/bias', shape: [1], dtype: 'float32' },
  ]
  const model = {
    modelTopology: { class_name: 'Sequential', config: { layers: [layer] } },
    weightsManifest: [{ weights: tensors }],
  }
  return {
    'encoder.json': Buffer.from(JSON.stringify(encoder)),
    'model.json': Buffer.from(JSON.stringify(model)),
    'weights.bin': Buffer.from(weights.buffer),
  }
}
