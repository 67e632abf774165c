import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'
import { type Forest, GAP_RIGHT, IN_SET, LEAF, SET_WORDS } from '../trees/forest.ts'

/** Bytes of a node in the kernel's memory: its child and rule, its value, and the address of its set. */
const NODE_BYTES = 20
/** Largest size of trees, in bytes, that are held a second time. */
const MOST_BYTES = 16 * 2 ** 20
/** Bits of a rule below the number of its feature; kernels/forest.ts has their meaning. */
const FEATURE = 10
const RULE_IN_SET = 1 << 8
const RULE_GAP_RIGHT = 1 << 9
/** The rule of a leaf: every bin of the first feature goes left, which is the leaf itself. */
const STAY = 0xff
/** Largest number of features whose numbers have room in a rule. */
const MOST_FEATURES = 2 ** (32 - FEATURE)

const Kernels = z.object({ addTrees: KernelFunction })

/** Sets `into` to the sums of a row's outputs, before the activation. @param bins one for each feature */
export type ForestSums = (bins: Uint8Array, into: Float64Array) => void

/** Returns the bytes that a forest takes in a kernel's memory; 0 if it uses no kernel. */
export function forestKernelBytes({ feature, features, roots, sets }: Forest): number {
  const bytes = feature.length * NODE_BYTES + roots.byteLength + sets.byteLength
  return bytes > MOST_BYTES || features > MOST_FEATURES ? 0 : bytes
}

/** Returns the sums of a forest by a kernel (kernels/forest.ts); null if the process has no address space for it. */
export function openForestKernel(forest: Forest): ForestSums | null {
  const { features, outputs, base, roots, feature, left, split, sets, value } = forest
  const layout = new MemoryLayout()
  const binsAt = layout.place(features)
  const sumsAt = layout.place(outputs * 8)
  const rootsAt = layout.place(roots.byteLength)
  const nodesAt = layout.place(feature.length * 8)
  const valuesAt = layout.place(feature.length * 8)
  const setOfNodeAt = layout.place(feature.length * 4)
  const setsAt = layout.place(sets.byteLength)
  const opened = orNullWithoutAddressSpace(() => openKernels(layout.bytes))
  if (!opened) return null
  const { buffer } = opened
  const { addTrees } = Kernels.parse(opened.exports)
  const addressOf = (node: number) => nodesAt + node * 8
  const nodes = new Uint32Array(buffer, nodesAt, feature.length * 2)
  const setOfNode = new Uint32Array(buffer, setOfNodeAt, feature.length)
  new Uint32Array(buffer, rootsAt).set(roots.map(addressOf))
  new Float64Array(buffer, valuesAt).set(value)
  new Uint32Array(buffer, setsAt).set(sets)
  feature.forEach((column, node) => {
    const rule = split[node] ?? 0
    if (column === LEAF) {
      nodes[node * 2] = addressOf(node)
      nodes[node * 2 + 1] = STAY
      return
    }
    const inSet = (rule & IN_SET) !== 0
    if (inSet) setOfNode[node] = setsAt + (rule & ~(IN_SET | GAP_RIGHT)) * SET_WORDS * 4
    const flags = inSet ? RULE_IN_SET : (rule & 0xff) | (rule >= GAP_RIGHT ? RULE_GAP_RIGHT : 0)
    nodes[node * 2] = addressOf(left[node] ?? 0)
    nodes[node * 2 + 1] = ((column << FEATURE) | flags) >>> 0
  })
  const ownBins = new Uint8Array(buffer, binsAt, features)
  const sums = new Float64Array(buffer, sumsAt, outputs)
  return (bins, into) => {
    ownBins.set(bins)
    sums.set(base)
    addTrees(binsAt, rootsAt, roots.length, nodesAt, valuesAt, setOfNodeAt, outputs, sumsAt)
    into.set(sums)
  }
}
