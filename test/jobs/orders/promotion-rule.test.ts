import { describe, expect, it } from 'vitest'
import type { NamedDataset } from '../../../src/datasets/contract.ts'
import { unknown } from '../../../src/errors.ts'
import {
  checkPromotion,
  contractProblems,
  hopelessPromotion,
} from '../../../src/jobs/orders/promotion-rule.ts'
import {
  type ColumnDescription,
  completeRecipe,
  type InputColumn,
  JobBody,
  RecipeInput,
} from '../../../src/recipe/index.ts'
import { dataset } from '../fixture.ts'

const x: ColumnDescription = { name: 'x', type: 'number', missing: 0, distinct: 50, min: 0, max: 9 }
const y: ColumnDescription = { ...x, name: 'y' }
const classes = (count: number): ColumnDescription => ({
  name: 'y',
  type: 'category',
  missing: 0,
  classes: Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, 20])),
})
const table = (rows: number, columns: ColumnDescription[]): NamedDataset => ({ ...dataset, rows, columns })
const complete = (input: object, over: NamedDataset) => {
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({ target: 'y', layers: [], ...input }),
    over,
    {
      validation: over,
    },
  )
  expect(problems).toEqual([])
  return recipe!
}

describe('a new version whose clients would have to send something else', () => {
  const taken: InputColumn[] = [
    { name: 'x', type: 'number' },
    { name: 'note', type: 'text' },
  ]
  const note: ColumnDescription = { name: 'note', type: 'text', missing: 0, meanLength: 9 }
  const problemsOf = (
    body: object,
    columns: ColumnDescription[],
    inputs: readonly InputColumn[] | undefined = taken,
  ) =>
    contractProblems(JobBody.parse({ model: 'm', dataset: 'd', ...body }), table(90, columns), {
      version: 3,
      inputs,
    })
  const wanted = (inputs: string[], more: object = {}) => ({ recipe: { target: 'y', inputs }, ...more })

  it('is not refused if it takes the same inputs', () => {
    expect(problemsOf(wanted(['note', 'x']), [x, note, y])).toEqual([])
    expect(problemsOf(wanted(['note', 'x']), [x, { ...note, type: 'category', classes: {} }, y])).toEqual([])
  })

  it('is refused at the data set for another type, with the option of the upload', () => {
    expect(problemsOf(wanted(['x', 'note']), [{ ...x, type: 'text' }, note, y])).toEqual([
      {
        path: '/dataset',
        message: expect.stringMatching(
          /^The column "x" would be read as a text, and version 3 takes a number, so requests .* Upload the data set with types=x:number \(onError/,
        ),
      },
    ])
  })

  it('is refused at the inputs for one that is new or left out', () => {
    const age: ColumnDescription = { ...x, name: 'age' }
    expect(problemsOf(wanted(['x', 'age']), [x, note, age, y])).toEqual([
      {
        path: '/recipe/inputs',
        message: expect.stringMatching(/^The column "note" would no longer.*Leave inputs as/),
      },
      { path: '/recipe/inputs', message: expect.stringMatching(/^The column "age" would be a new input/) },
    ])
  })

  it('is refused only for what the recipe itself does not have wrong', () => {
    // The data set lacks the column, and the recipe is refused for that.
    expect(problemsOf(wanted(['x', 'note']), [x, y])).toEqual([])
    expect(problemsOf(wanted(['x', 'note', 'nothing']), [x, note, y])).toEqual([])
    expect(problemsOf({ recipe: { target: 'y' } }, [x, note, y])).toHaveLength(2)
  })

  it('is not refused where it is not promoted, or the change is allowed, or nobody knows the inputs', () => {
    expect(problemsOf(wanted(['x'], { promote: 'never' }), [x, y])).toEqual([])
    expect(problemsOf(wanted(['x'], { allowInputChanges: true }), [x, y])).toEqual([])
    const body = JobBody.parse({ model: 'm', dataset: 'd', ...wanted(['x']) })
    expect(contractProblems(body, table(90, [x, y]), { version: 3, inputs: undefined })).toEqual([])
    expect(problemsOf(wanted(['x'], { promote: 'ifBetter' }), [x, y])).toHaveLength(1)
  })
})

describe('a rule by which no version could be promoted', () => {
  const hopeless = (promote: JobBody['promote'], input: object, over = table(3_000, [x, y])) =>
    hopelessPromotion(promote, complete(input, over))

  it('is one that compares on rows which the recipe does not keep', () => {
    expect(hopeless('ifBetter', { validation: null })).toEqual({
      path: '/promote',
      message: expect.stringMatching(/^The recipe keeps no validation rows aside, so/),
    })
    expect(hopeless({ ifBetter: { metric: 'mae' } }, { validation: null })?.path).toBe('/promote')
    expect(hopeless('ifBetter', { validation: { split: 0.2 } })).toBeUndefined()
    expect(hopeless('ifBetter', { validation: { kFold: 3 } })).toBeUndefined()
  })

  it('is none that does not compare, or compares on another data set', () => {
    for (const promote of ['always', 'never', { ifBetter: { dataset: 'other' } }] as const)
      expect(hopeless(promote, { validation: null })).toBeUndefined()
  })
})

describe('the data set and the metric of a rule', () => {
  const other = { ...table(50, [x, y]), id: `ds_${'d'.repeat(24)}` }
  const find = async (name: string) => {
    if (name === 'other') return other
    if (name === 'bare') return table(50, [y])
    if (name === 'away') throw new Error('the store is away')
    throw unknown('unknown-dataset', 'data set', name, { known: ['other'] })
  }
  const over = table(3_000, [x, y])
  const check = (promote: JobBody['promote'], dataset = over) =>
    checkPromotion(find, promote, complete({}, dataset), dataset)

  it('stay as they are in a rule that does not compare', async () => {
    for (const promote of ['always', 'never', 'ifBetter'] as const)
      expect(await check(promote)).toEqual({ checked: promote })
    expect(await check({ ifBetter: { metric: 'r2' } })).toEqual({ checked: { ifBetter: { metric: 'r2' } } })
  })

  it('are kept with the id that the name has now', async () => {
    expect(await check({ ifBetter: { dataset: 'other', metric: 'r2' } })).toEqual({
      checked: { ifBetter: { dataset: other.id, metric: 'r2' } },
    })
  })

  it('are refused with every problem', async () => {
    expect(await check({ ifBetter: { dataset: 'another', metric: 'auc' } })).toEqual({
      problems: [
        {
          path: '/promote/ifBetter/metric',
          message: expect.stringContaining('does not fit the task regression'),
        },
        { path: '/promote/ifBetter/dataset', message: expect.stringContaining('"another"') },
      ],
    })
    expect(await check({ ifBetter: { dataset: 'bare' } })).toEqual({
      problems: [{ path: '/promote/ifBetter/dataset', message: 'The data set has no column "x".' }],
    })
    expect(await check({ ifBetter: { dataset: 'other' } }, table(3_000, [x, classes(3)]))).toEqual({
      problems: [{ path: '/promote/ifBetter/dataset', message: expect.stringContaining('lacks: "0", "9".') }],
    })
    const kinds = (names: string[]): ColumnDescription => ({
      ...classes(0),
      classes: Object.fromEntries(names.map((name) => [name, 9])),
    })
    const strange = { ...table(50, [x, kinds(['a', 'z'])]), id: other.id }
    const found = async () => strange
    const dataset = table(3_000, [{ ...x, classes: { z: 1 } }, kinds(['a', 'b'])])
    expect(
      await checkPromotion(found, { ifBetter: { dataset: 'other' } }, complete({}, dataset), dataset),
    ).toEqual({
      problems: [
        {
          path: '/promote/ifBetter/dataset',
          message:
            'The target of the data set has classes that the training data lacks: "z". Leave out such rows, or train on data that has them too.',
        },
      ],
    })
    await expect(check({ ifBetter: { dataset: 'away' } })).rejects.toThrow('the store is away')
  })
})
