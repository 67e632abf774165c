import { describe, expect, it } from 'vitest'
import { completeRecipe, RecipeInput, validationFaults } from '../../src/recipe/index.ts'
import { itemsOf, labelsOf, listCell } from '../../src/recipe/lists.ts'
import type { ColumnDescription } from '../../src/recipe/table.ts'

const x: ColumnDescription = { name: 'x', type: 'number', missing: 0, distinct: 900, min: 0, max: 1 }
const lists: ColumnDescription = { name: 'tags', type: 'list', missing: 2, classes: { a: 900, b: 300, c: 4 } }
const texts: ColumnDescription = {
  name: 'tags',
  type: 'category',
  missing: 0,
  classes: { a: 500, 'a|b': 300, 'b | a': 100, 'c|': 100 },
}

function complete(input: object, target: ColumnDescription = lists) {
  return completeRecipe(RecipeInput.parse({ target: 'tags', ...input }), {
    rows: 1_000,
    columns: [x, target],
  })
}

describe('labels of a row', () => {
  it('are read from lists and from texts', () => {
    expect(labelsOf(listCell(['b', 'a|c', 'b']), '|')).toEqual(['b', 'a|c'])
    expect(labelsOf(listCell([]), '|')).toEqual([])
    expect(labelsOf(' a | b ||a', '|')).toEqual(['a', 'b'])
    expect(labelsOf('|', '|')).toEqual([])
    expect(labelsOf('e\u0301;a', ';')).toEqual(['\u00e9', 'a'])
    expect(itemsOf(listCell(['', 'x\u001fy']))).toEqual(['', 'x y'])
  })
})

describe('the task multiLabel', () => {
  it('is that of lists, and of texts where the recipe says so', () => {
    const { recipe, warnings } = complete({})
    expect(recipe).toMatchObject({
      task: 'multiLabel',
      multiLabel: { separator: '|', threshold: 'f1' },
      inputs: ['x'],
      loss: { type: 'binaryCrossentropy' },
      metrics: [{ type: 'f1Micro' }],
      labels: null,
    })
    expect(warnings.map(({ code, count }) => [code, count])).toEqual([
      ['rows-without-target', 2],
      ['rare-class', 4],
    ])
    expect(complete({ multiLabel: true }, texts)).toMatchObject({
      recipe: { task: 'multiLabel' },
      warnings: [],
    })
    expect(complete({}, texts).recipe).toMatchObject({ task: 'multiclass', multiLabel: null })
    expect(complete({ validation: null }).recipe?.multiLabel?.threshold).toBe(0.5)
    const { recipe: again } = complete({})
    expect(complete({ ...again }).recipe).toEqual(again)
  })

  const refused: Record<string, [input: object, path: string, message: RegExp, target?: ColumnDescription]> =
    {
      'with another task': [{ task: 'binary', multiLabel: true }, '/recipe/multiLabel', /a task of its own/],
      'for lists with another task': [{ task: 'multiclass' }, '/recipe/task', /Use the task multiLabel/],
      'without the separator': [
        { multiLabel: { separator: ';' } },
        '/recipe/target',
        /no value of "tags" has the separator ";"/i,
        texts,
      ],
      'for numbers': [
        { multiLabel: true },
        '/recipe/target',
        /"tags" is a number.*types=tags:category/,
        { name: 'tags', type: 'number', missing: 0, distinct: 9, min: 0, max: 8 },
      ],
      'for texts that are not counted': [
        { multiLabel: true },
        '/recipe/target',
        /types=tags:category/,
        { name: 'tags', type: 'text', missing: 0, meanLength: 20 },
      ],
      'for one label': [
        {},
        '/recipe/target',
        /one label only/,
        { name: 'tags', type: 'list', missing: 0, classes: { a: 9 } },
      ],
      'for too many labels': [
        {},
        '/recipe/target',
        /1,001 different labels, and at most 1,000/,
        {
          ...lists,
          classes: Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`l${at}`, 20])),
        },
      ],
      'for labels that are not even named': [
        {},
        '/recipe/target',
        /200,000 different labels/,
        { name: 'tags', type: 'list', missing: 0, distinct: 200_000 },
      ],
      'with weights of classes': [
        { classWeights: 'balanced' },
        '/recipe/classWeights',
        /any number of labels/,
      ],
      'with the threshold of two classes': [
        { threshold: 0.3 },
        '/recipe/threshold',
        /"multiLabel": \{"threshold"/,
      ],
      'with a chosen threshold and no validation': [
        { multiLabel: { threshold: 'f1' }, validation: null },
        '/recipe/multiLabel/threshold',
        /choose the thresholds/,
      ],
      'with metrics of classes': [{ metrics: ['accuracy'] }, '/recipe/metrics/0', /f1Micro, f1Macro/],
      'with a list as an input': [
        { target: 'x', inputs: ['tags'] },
        '/recipe/inputs/0',
        /can only be a target/,
      ],
    }
  it.each(Object.entries(refused))('is refused %s', (_, [input, path, message, target]) => {
    const { problems } = complete(input, target)
    expect(problems.map(({ path }) => path)).toContain(path)
    expect(problems.find((each) => each.path === path)?.message).toMatch(message)
  })

  it('names labels of another data set that it has not learnt', () => {
    const { recipe } = complete({ multiLabel: true }, texts)
    if (!recipe) throw new Error('expected a recipe')
    const other = { rows: 10, columns: [x, { ...lists, classes: { a: 5, d: 2 } }] }
    expect(validationFaults(recipe, ['a', 'b', 'c'], other)).toEqual([
      'The target of the data set has labels that the training data lacks: "d". Leave out such rows, or train on data that has them too.',
    ])
    const classes = complete({}, texts).recipe
    if (!classes) throw new Error('expected a recipe')
    expect(validationFaults(classes, ['a'], other)[0]).toMatch(/holds lists/)
  })
})
