import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/**
 * Heap needed to swap versions, as a multiple of the size of the model's files: they, the new tables and the old ones
 * coexist.
 */
const HEAP_PER_FILE_BYTE = 4
/** Limit on that heap, in bytes: beyond it a collection at each load costs less than the garbage that may gather. */
const MAX_BYTES = 256 * 2 ** 20

let percent = 0

/**
 * Lets the heap grow, between two collections, by what a model of this size needs while it is loaded and swapped. V8
 * counts the memory of arrays into the heap but by itself allows only for as much as the objects take, some tens of
 * megabytes, and so collects the whole heap with every load. Takes effect from the next collection on.
 * @param bytes size of the model's files
 */
export function growHeapFor(bytes: number): void {
  const { used_heap_size: used } = getHeapStatistics()
  const wanted = Math.ceil((100 * Math.min(HEAP_PER_FILE_BYTE * bytes, MAX_BYTES)) / used)
  if (wanted <= percent) return
  percent = wanted
  setFlagsFromString(`--heap-growing-percent=${percent}`)
}
