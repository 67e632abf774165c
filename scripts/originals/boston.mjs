import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extractEntry, listZip } from '../setup/zip.mjs'
import { RandomState } from './random-state.mjs'

const COLUMNS = 'crim,zn,indus,chas,nox,rm,age,dis,rad,tax,ptratio,b,lstat'.split(',')
const KERAS_SEED = 113

/**
 * Boston housing prices, from the arrays `x` and `y` that Keras keeps, in the split that its
 * `boston_housing.load_data()` makes.
 * @param {string} archive
 */
export async function boston(archive) {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-npz-'))
  try {
    const arrays = {}
    for (const entry of await listZip(archive)) {
      const file = join(folder, 'array.npy')
      await extractEntry(archive, entry, file)
      arrays[entry.name.replace(/\.npy$/, '')] = parseNpy(await readFile(file))
    }
    const { x, y } = arrays
    const rows = Array.from(y.values, (price, i) => [
      ...x.values.slice(i * x.width, (i + 1) * x.width),
      price,
    ])
    const order = new RandomState(KERAS_SEED).shuffle(rows.map((_, i) => i))
    const shuffled = order.map((i) => rows[i])
    const cut = Math.trunc(rows.length * 0.8)
    return { header: [...COLUMNS, 'medv'], train: shuffled.slice(0, cut), test: shuffled.slice(cut) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** An array of doubles in NumPy's own format, by rows. */
function parseNpy(bytes) {
  const wide = bytes[6] >= 2
  const length = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8)
  const start = (wide ? 12 : 10) + length
  const header = bytes.toString('latin1', wide ? 12 : 10, start)
  if (bytes.toString('latin1', 1, 6) !== 'NUMPY' || !/'<f8'/.test(header) || /True/.test(header)) {
    throw new Error('an array is not one of little-endian doubles by rows')
  }
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)[1]
    .split(',')
    .filter((part) => part.trim())
    .map(Number)
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
    bytes.readDoubleLE(start + 8 * i),
  )
  return { width: shape[1] ?? 1, values }
}
