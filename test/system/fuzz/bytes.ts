import type { Draws } from './random.ts'

/** Numbers that readers of binary formats take for lengths and offsets. */
const NUMBERS = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
] as const

/** Largest number of bytes of an input: larger ones only take longer. */
const MOST_BYTES = 2 ** 20

type Change = (bytes: Buffer, draws: Draws, others: Material) => Buffer

/** What is put into inputs. */
export interface Material {
  /** Other good inputs of the same kind, of which pieces are taken. */
  readonly corpus: readonly Buffer[]
  /** Texts that mean something to the reader. */
  readonly words: readonly string[]
}

/** Returns a good input of the corpus with a few changes at random places. */
export function mutated(draws: Draws, material: Material): Buffer {
  let bytes = draws.of(material.corpus)
  for (let changes = 1 + draws.below(4); changes > 0; changes--) {
    const change = draws.of(CHANGES)
    bytes = change(bytes, draws, material)
    if (bytes.length > MOST_BYTES) bytes = bytes.subarray(0, MOST_BYTES)
  }
  return bytes
}

const flipBit: Change = (bytes, draws) => {
  const copy = Buffer.from(bytes)
  const at = draws.below(copy.length + 1)
  if (at < copy.length) copy.writeUInt8(copy.readUInt8(at) ^ (1 << draws.below(8)), at)
  return copy
}

const writeNumber: Change = (bytes, draws) => {
  const size = draws.of([1, 2, 4])
  if (bytes.length < size) return bytes
  const copy = Buffer.from(bytes)
  const at = draws.below(copy.length - size + 1)
  const number = draws.of(NUMBERS) % 2 ** (8 * size)
  if (draws.chance(0.5)) copy.writeUIntLE(number, at, size)
  else copy.writeUIntBE(number, at, size)
  return copy
}

const remove: Change = (bytes, draws) => {
  const at = draws.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + draws.length())])
}

const cutOff: Change = (bytes, draws) => bytes.subarray(0, draws.below(bytes.length + 1))

const insertWord: Change = (bytes, draws, { words }) =>
  insert(bytes, Buffer.from(draws.of(words), draws.chance(0.9) ? 'utf8' : 'utf16le'), draws)

const insertNoise: Change = (bytes, draws) =>
  insert(bytes, Buffer.from(Array.from({ length: draws.length() % 64 }, () => draws.below(256))), draws)

const repeatPiece: Change = (bytes, draws) => {
  const at = draws.below(bytes.length + 1)
  const piece = bytes.subarray(at, at + 1 + draws.below(64))
  const times = Math.min(draws.length(), Math.floor(MOST_BYTES / 4 / Math.max(1, piece.length)))
  return insert(bytes, Buffer.concat(Array.from({ length: times }, () => piece)), draws)
}

const takeFromOther: Change = (bytes, draws, { corpus }) => {
  const other = draws.of(corpus)
  const from = draws.below(other.length + 1)
  const piece = other.subarray(from, from + draws.length())
  const at = draws.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + piece.length)])
}

const CHANGES = [
  flipBit,
  writeNumber,
  remove,
  cutOff,
  insertWord,
  insertNoise,
  repeatPiece,
  takeFromOther,
] as const

function insert(bytes: Buffer, piece: Buffer, draws: Draws): Buffer {
  const at = draws.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
}
