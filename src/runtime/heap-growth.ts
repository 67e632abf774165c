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
 * Lets the heap grow, between two collections, by what a model of this size needs while it is loaded and swapped.
 * @param bytes size of the model's files
 */
export function growHeapFor(bytes: number): void {
  letHeapGrowBy(Math.min(HEAP_PER_FILE_BYTE * bytes, MAX_BYTES))
}

/**
 * Lets the heap grow by so many bytes between two collections. V8 counts the memory of arrays and buffers into the heap but by
 * itself allows only for as much as the objects take, some tens of megabytes, and so collects the whole heap with every load of
 * a model, and with every few megabytes of an upload. Takes effect from the next collection on, for as long as the process
 * runs.
 */
export function letHeapGrowBy(bytes: number): void {
  const { used_heap_size: used } = getHeapStatistics()
  const wanted = Math.ceil((100 * bytes) / used)
  if (wanted <= percent) return
  percent = wanted
  setFlagsFromString(`--heap-growing-percent=${percent}`)
}
