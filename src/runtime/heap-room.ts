import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/** Of a model's files: its tables come while those of the version before are still there, and its files before them. */
const ROOM = 4
/** Beyond this a collection with each load costs less than the garbage that may gather. */
const MOST_BYTES = 256 * 2 ** 20

let percent = 0

/**
 * Lets the heap, which V8 counts the memory of arrays into, grow between two collections as a model of this size needs
 * it that comes and goes. By itself V8 allows for as much as the objects take, some tens of megabytes, and so collects
 * the whole heap with every load. It holds from the next collection on.
 * @param bytes of the files
 */
export function leaveRoomFor(bytes: number): void {
  const { used_heap_size: used } = getHeapStatistics()
  const wanted = Math.ceil((100 * Math.min(ROOM * bytes, MOST_BYTES)) / used)
  if (wanted <= percent) return
  percent = wanted
  setFlagsFromString(`--heap-growing-percent=${percent}`)
}
