import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Returns the code of a room or file and the tests to run against it, as patterns from the root.
 * @param {string} root the clone
 * @param {string} place folder or file in `src`, such as `evaluation`, `jobs/orders` or `evaluation/metrics.ts`
 * @param {string[]} named folders or files of tests, such as `test/jobs/service.test.ts`. Default: those that mirror the
 *   place: a file's own test, or those of its folder where it has none.
 * @returns {{mutate: string[], tests: string[]}}
 * @throws {Error} a sentence, for a place without code or without tests
 */
export function placeOf(root, place, named = []) {
  const code = join('src', place)
  if (!existsSync(join(root, code))) throw new Error(`There is no ${code}. Name a folder or file in src.`)
  const isFile = statSync(join(root, code)).isFile()
  const own = join('test', place.replace(/\.ts$/, '.test.ts'))
  const mirrored = existsSync(join(root, own)) ? own : join('test', isFile ? dirname(place) : place)
  const paths = named.length === 0 ? [mirrored] : named
  for (const path of paths)
    if (!existsSync(join(root, path)))
      throw new Error(`There is no ${path}. Name the tests of ${code} as further arguments.`)
  return {
    mutate: [isFile ? code : `${code}/**/*.ts`],
    tests: paths.map((path) => testsIn(root, path)),
  }
}

function testsIn(root, path) {
  return statSync(join(root, path)).isFile() ? path : `${path}/**/*.test.ts`
}
