/** The files of a version whose model answers 2 x + 1. */
const state = { kind: 'number', shift: 0, scale: 1, fill: 0, indicator: false, refuseGaps: false }
export const encoder = {
  format: 1,
  inputs: [{ name: 'x', type: 'number', state }],
  target: { task: 'regression', log: false, shift: 0, scale: 1 },
}
const dense = { class_name: 'Dense', config: { name: 'output', units: 1, activation: 'linear' } }
export const model = {
  modelTopology: { class_name: 'Sequential', config: { layers: [dense] } },
  weightsManifest: [
    {
      weights: [
        { name: 'output/kernel', shape: [1, 1], dtype: 'float32' },
        { name: 'output/bias', shape: [1], dtype: 'float32' },
      ],
    },
  ],
}
export const history = { epochs: [1], loss: [0.5], bestEpoch: 1, overfitsAfter: null, smoothed: {} }
export const weights = Buffer.from(new Float32Array([2, 1]).buffer)
