import type { Row } from '../recipe/table.ts'
import type { Predictor } from './predictor.ts'

/** A harmless value for each type of column. */
const EXAMPLE = {
  text: 'a word',
  number: 0,
  category: '',
  boolean: false,
  date: '2000-01-01',
  datetime: '2000-01-01T12:00:00Z',
  list: null,
}

/** Returns a row that the model can answer, to try it or to warm it up. */
export function exampleRow({ inputs }: Pick<Predictor, 'inputs'>): Row {
  return Object.fromEntries(inputs.map(({ name, type }) => [name, EXAMPLE[type]]))
}
