import { afterAll, describe, expect, it } from 'vitest'
import { Random } from '../../../src/evaluation/random.ts'
import type { Activation } from '../../../src/models/network/activations.ts'
import type { NetworkWeights } from '../../../src/models/network/network.ts'
import { initialWeights } from '../../../src/training/engine.ts'
import { writeDenseModel } from '../../../src/training/keras-files/dense-model.ts'
import { type LayersModelFiles, writeLayersModel } from '../../../src/training/keras-files/layers-model.ts'
import { tf } from '../../../src/training/tensorflow/tf.ts'

function network(seed: number, inputs: number, ...layers: [number, Activation][]): NetworkWeights {
  const plan = layers.map(([units, activation]) => ({ units, activation, l1: 0, l2: 0, dropout: 0 }))
  return initialWeights({ numbers: inputs, sequences: [] }, plan, new Random(seed, 'weights'))
}

/** The files but for the name of the program that wrote them. */
function contents(files: LayersModelFiles) {
  const { generatedBy: _, ...model } = JSON.parse(files['model.json'].toString())
  return { model, weights: files['weights.bin'].toString('hex') }
}

describe('the files of stacks of dense layers', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  const stack = (seed: number) => network(seed, 5, [4, 'relu'], [3, 'softsign'], [3, 'softmax'])
  it.each([
    ['one layer', [network(1, 3, [1, 'linear'])]],
    ['several layers', [stack(1)]],
    ['an ensemble', [stack(1), stack(2), stack(3)]],
    ['an ensemble of single layers', [network(1, 2, [1, 'sigmoid']), network(2, 2, [1, 'sigmoid'])]],
  ])('are those that tfjs writes: %s', async (_, members) => {
    expect(contents(writeDenseModel(members))).toEqual(contents(await writeLayersModel(members)))
  })
})
