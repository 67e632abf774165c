import { z } from 'zod'
import { KernelFunction, openTreeKernels, type SharedMemory } from '../../runtime/kernel-memory.ts'

/** The exports of kernels/trees.ts, which documents them. */
const TreeKernels = z.object({
  treeHistogram: KernelFunction,
  treeTotal: KernelFunction,
  treeSubtract: KernelFunction,
  treeSubtractCounts: KernelFunction,
  treeDivide: KernelFunction,
  treeAnswer: KernelFunction,
  treeWalk: KernelFunction,
})
export type TreeKernels = z.infer<typeof TreeKernels>

/** Opens the kernels of trees with a memory that other threads may have opened too. */
export function treeKernels(memory: SharedMemory): TreeKernels {
  return TreeKernels.parse(openTreeKernels(memory))
}
