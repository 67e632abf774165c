import { expect, it } from 'vitest'
import { environmentsAmong } from '../../bench/python.ts'

it('`npm run bench -- peers` installs all environments, and with names of some these alone', () => {
  expect(environmentsAmong(['peers'])).toEqual(['python', 'mlserver', 'accuracy'])
  expect(environmentsAmong(['peers', 'imdb'])).toEqual(['python', 'mlserver', 'accuracy'])
  expect(environmentsAmong(['peers', 'accuracy'])).toEqual(['accuracy'])
})
