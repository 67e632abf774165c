import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Returns the code of rooms and files and the tests to run against it, as patterns from the root.
 * @param {string} root the clone
 * @param {string} places folders or files in `src`, with commas between them, such as `evaluation`, `jobs/orders` or
 *   `evaluation/metrics.ts,evaluation/losses.ts`
 * @param {string[]} named folders or files of tests, such as `test/jobs/service.test.ts`. Default: those that mirror the
 *   places: a file's own test, or those of its folder where it has none.
 * @returns {{mutate: string[], tests: string[]}}
 * @throws {Error} a sentence, for a place without code or without tests
 */
export function placeOf(root, places, named = []) {
  const codes = places.split(',').map((place) => codeOf(root, place.replace(/^src\/|\/$/g, '')))
  const mirrored = [...new Set(codes.map(({ tests }) => tests))]
  const paths = named.length === 0 ? mirrored : named
  const code = codes.map(({ path }) => path).join(', ')
  for (const path of paths)
    if (!existsSync(join(root, path)))
      throw new Error(`There is no ${path}. Name the tests of ${code} as further arguments.`)
  return {
    mutate: codes.map(({ path, isFile }) => (isFile ? path : `${path}/**/*.ts`)),
    tests: paths.map((path) => testsIn(root, path)),
  }
}

function codeOf(root, place) {
  const path = join('src', place)
  if (!existsSync(join(root, path))) throw new Error(`There is no ${path}. Name a folder or file in src.`)
  const isFile = statSync(join(root, path)).isFile()
  const own = join('test', place.replace(/\.ts$/, '.test.ts'))
  const isMirrored = existsSync(join(root, own))
  return { path, isFile, tests: isMirrored ? own : join('test', isFile ? dirname(place) : place) }
}

function testsIn(root, path) {
  return statSync(join(root, path)).isFile() ? path : `${path}/**/*.test.ts`
}
