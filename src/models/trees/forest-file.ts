import { z } from 'zod'
import { FOREST_ARRAYS, FOREST_NAMES, type Forest, forestFault } from './forest.ts'

/** Limit on the features of trees in a file: a table has fewer columns. */
const MOST_FEATURES = 1_000_000

/** Each member begins at a multiple of so many bytes. */
export const FOREST_ALIGNMENT = 8

const length = z.int().nonnegative()
const ForestShape = z.object({
  features: z.int().positive().max(MOST_FEATURES),
  /** Position of the first feature in an encoded row. Absent: 0. */
  first: z.int().nonnegative().optional(),
  outputs: z.int().positive(),
  activation: z.enum(['linear', 'sigmoid', 'softmax']),
  /** Lengths of the arrays. */
  arrays: z.object({
    base: length,
    value: length,
    roots: length,
    feature: length,
    left: length,
    split: length,
    sets: length,
    rows: length,
  }),
})
type ForestShape = z.infer<typeof ForestShape>

/**
 * `model.json` of trees (docs/trees.md). The arrays of each member stand in `weights.bin` one behind the other in this
 * order, in little endian; each member begins at a multiple of 8 bytes.
 */
export const ForestFile = z.object({
  format: z.literal('trees'),
  version: z.literal(1),
  members: z.array(ForestShape).min(1).max(64),
})
export type ForestFile = z.infer<typeof ForestFile>

/** Writes trees, or the members of an ensemble of them, as the two files of a version. */
export function writeForests(forests: readonly Forest[]): {
  'model.json': Buffer
  'weights.bin': Buffer
} {
  const members = forests.map((forest) => {
    const { features, first, outputs, activation } = forest
    const arrays = Object.fromEntries(FOREST_NAMES.map((name) => [name, forest[name].length]))
    return { features, first, outputs, activation, arrays }
  })
  const bytes = forests.flatMap((forest) => {
    const parts = FOREST_NAMES.map((name) => {
      const { buffer, byteOffset, byteLength } = forest[name]
      return new Uint8Array(buffer, byteOffset, byteLength)
    })
    const total = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
    return [...parts, new Uint8Array(padding(total))]
  })
  return {
    'model.json': Buffer.from(JSON.stringify({ format: 'trees', version: 1, members })),
    'weights.bin': Buffer.concat(bytes),
  }
}

/** Returns the bytes from a length to where the next member begins. */
function padding(bytes: number): number {
  return (FOREST_ALIGNMENT - (bytes % FOREST_ALIGNMENT)) % FOREST_ALIGNMENT
}

/**
 * Reads trees from their files.
 * @param weights the bytes of `weights.bin`; where they are aligned, the trees use them in place
 * @throws RangeError if the files do not fit together, or the trees could not answer
 */
export function readForests({ members }: ForestFile, weights: Uint8Array): Forest[] {
  const bytes = weights.byteOffset % FOREST_ALIGNMENT === 0 ? weights : new Uint8Array(weights)
  let offset = 0
  const forests = members.map((member) => {
    const { forest, end } = readForest(member, bytes, offset)
    offset = end + padding(end)
    return forest
  })
  if (offset !== bytes.byteLength) throw new RangeError('another number of bytes')
  const [first] = members
  const shapeOf = ({ features, first, outputs, activation }: ForestShape) =>
    JSON.stringify([features, first, outputs, activation])
  if (members.some((member) => first && shapeOf(member) !== shapeOf(first)))
    throw new RangeError('members that differ')
  return forests
}

function readForest(shape: ForestShape, bytes: Uint8Array, start: number): { forest: Forest; end: number } {
  const { buffer, byteOffset, byteLength } = bytes
  const { features, first, outputs, activation, arrays } = shape
  let offset = start
  const next = (name: keyof typeof FOREST_ARRAYS) => {
    const at = byteOffset + offset
    offset += arrays[name] * FOREST_ARRAYS[name].BYTES_PER_ELEMENT
    if (offset > byteLength) throw new RangeError('an array that is cut off')
    return at
  }
  const floats = (name: 'base' | 'value') => new Float64Array(buffer, next(name), arrays[name])
  const words = (name: 'roots' | 'left' | 'split' | 'sets' | 'rows') =>
    new Uint32Array(buffer, next(name), arrays[name])
  // In the order of the file.
  const forest: Forest = {
    features,
    first,
    outputs,
    activation,
    base: floats('base'),
    value: floats('value'),
    roots: words('roots'),
    feature: new Int32Array(buffer, next('feature'), arrays.feature),
    left: words('left'),
    split: words('split'),
    sets: words('sets'),
    rows: words('rows'),
  }
  const fault = forestFault(forest)
  if (fault !== undefined) throw new RangeError(fault)
  return { forest, end: offset }
}
