import { readTarGz } from './archive.mjs'
import { shuffle } from './table.mjs'

const TEST_SHARE = 2000 / 20_640

/**
 * California housing blocks with the category that Géron's book added. The original has no split: a fixed
 * tenth, drawn by a fixed seed, is for testing.
 * @param {string} archive
 */
export async function california(archive) {
  let content = ''
  const onFile = (_, bytes) => {
    content = bytes.toString('utf8')
  }
  await readTarGz(archive, (path) => path.endsWith('/housing.csv'), onFile)
  const [header, ...rows] = content
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  shuffle(rows)
  const cut = rows.length - Math.round(rows.length * TEST_SHARE)
  return { header, train: rows.slice(0, cut), test: rows.slice(cut) }
}
