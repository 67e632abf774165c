import { boston } from './boston.mjs'
import { california } from './california.mjs'
import { imdb } from './imdb.mjs'
import { reuters } from './reuters.mjs'

/**
 * Where the public data sets come from, and how each archive becomes tables. The hashes are those that Keras
 * (boston), TensorFlow Datasets (imdb) and scikit-learn (reuters) check; california's is of the file at that
 * commit.
 * @typedef {{
 *   url: string, sha256: string,
 *   folder: string, target: string,
 *   rows: { train: number, test: number },
 *   convert: (archive: string) => Promise<import('./table.mjs').Tables>,
 * }} Source
 */

/** @type {Record<string, Source>} */
export const SOURCES = {
  imdb: {
    url: 'https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz',
    sha256: 'c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe',
    folder: 'imdb',
    target: 'label',
    rows: { train: 25_000, test: 25_000 },
    convert: imdb,
  },
  reuters: {
    url: 'https://archive.ics.uci.edu/ml/machine-learning-databases/reuters21578-mld/reuters21578.tar.gz',
    sha256: '3bae43c9b14e387f76a61b6d82bf98a4fb5d3ef99ef7e7075ff2ccbcf59f9d30',
    folder: 'reuters52',
    target: 'label',
    rows: { train: 6532, test: 2568 },
    convert: reuters,
  },
  boston: {
    url: 'https://storage.googleapis.com/tensorflow/tf-keras-datasets/boston_housing.npz',
    sha256: 'f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5',
    folder: 'boston',
    target: 'medv',
    rows: { train: 404, test: 102 },
    convert: boston,
  },
  california: {
    url: 'https://raw.githubusercontent.com/ageron/data/1e7693bc5a2f73e657cdf665f503fc71b629972e/housing.tgz',
    sha256: '354f441b3af4eb54e07818501dafc9b0865162d85a24769d754238acedc82ae1',
    folder: 'california',
    target: 'median_house_value',
    rows: { train: 18_640, test: 2000 },
    convert: california,
  },
}
