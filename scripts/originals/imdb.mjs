import { readTarGz } from './archive.mjs'
import { shuffle } from './table.mjs'

const REVIEW = /^aclImdb\/(train|test)\/(pos|neg)\/[^/]+\.txt$/

/**
 * The Large Movie Review Dataset: a review in each file, its label in the folder's name.
 * @param {string} archive
 */
export async function imdb(archive) {
  const found = { train: [], test: [] }
  await readTarGz(
    archive,
    (path) => REVIEW.test(path),
    (path, content) => {
      const [, split, label] = REVIEW.exec(path)
      found[split].push({ path, row: [content.toString('utf8'), label] })
    },
  )
  return { header: ['text', 'label'], train: ordered(found.train), test: ordered(found.test) }
}

/** Makes the order independent of the archive's, which has all rows of one label first. */
function ordered(found) {
  found.sort((a, b) => (a.path < b.path ? -1 : 1))
  return shuffle(found.map(({ row }) => row))
}
