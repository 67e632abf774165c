import { expect, it } from 'vitest'
import type { NamedDataset } from '../../../src/datasets/contract.ts'
import { checkOrder } from '../../../src/jobs/orders/order.ts'
import { familySizeFault, MAX_FAMILY_CHARACTERS } from '../../../src/jobs/records/family-size.ts'
import { checks, dataset } from '../fixture.ts'

/** A table whose recipe, which names every input, has more than half a million characters. */
const wide: NamedDataset = {
  ...dataset,
  columns: [
    ...Array.from({ length: 1_000 }, (_, index) => ({
      name: `${index}`.padEnd(600, 'x'),
      type: 'number' as const,
      missing: 0,
      min: 0,
      max: 1,
      mean: 0.5,
      std: 0.1,
    })),
    { name: 'label', type: 'category', missing: 0, classes: { neg: 50, pos: 50 } },
  ],
}
const ordered = (recipe: object) =>
  checkOrder({ ...checks, dataset: async () => wide }, { model: 'm', dataset: 'wide', recipe })
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)
const over = { epochs: upTo(20), batchSize: upTo(25) }

it('refuses folds or trials whose records would be too large together, and says how many may be', async () => {
  const refused = { code: 'invalid-job', problems: [{ path: '/recipe/search/trials' }] }
  await expect(
    ordered({ validation: { split: 0.2 }, search: { type: 'grid', over, trials: 500 } }),
  ).rejects.toMatchObject(refused)
  await expect(ordered({ validation: { kFold: 10, repeats: 50 } })).rejects.toMatchObject({
    code: 'invalid-job',
    problems: [
      { path: '/recipe/validation', message: expect.stringMatching(/^Each of the 500 folds or trials/) },
    ],
  })
  expect((await ordered({ validation: { kFold: 4 } })).parts).toHaveLength(4)
})

it('takes what fits exactly', () => {
  const characters = MAX_FAMILY_CHARACTERS / 4
  const recipe = { name: 'x'.repeat(characters - '{"name":""}'.length) }
  expect(familySizeFault(recipe, 3)).toBeUndefined()
  expect(familySizeFault(recipe, 4)).toMatch(/Give at most 3 of them/)
})
