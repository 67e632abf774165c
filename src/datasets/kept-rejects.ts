import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { FitserveError } from '../errors.ts'
import type { Store } from '../store/contract.ts'
import { rejectsKey } from './catalog.ts'
import { type DatasetDescription, Reject } from './contract.ts'
import { wholeFiles } from './whole-files.ts'

/** Which of the bad lines to read. */
interface Range {
  /** Number of bad lines to leave out. */
  offset: number
  /** Largest number of bad lines to return. */
  limit: number
}

/** Reads the bad lines of a data set. @throws FitserveError `corrupt-artifact` if the file is not what was kept */
export type KeptRejects = (description: DatasetDescription, range: Range) => Promise<Reject[]>

/** Returns a function that reads bad lines. Each process compares a file with its hash when it first uses it. */
export function keptRejects(store: Store): KeptRejects {
  const isWhole = wholeFiles()
  return async ({ id, rejected, rejects }, { offset, limit }) => {
    const file = await store.localFile(rejectsKey(id))
    if (file === undefined || !(await isWhole(file, rejects))) throw damaged(id)
    const wanted = Math.min(limit, rejected - offset)
    try {
      const lines = await linesOf(file, { offset, limit: wanted })
      // The file of an earlier release has no hash. Its end may be missing all the same.
      if (lines.length < wanted) throw new SyntaxError(`${lines.length} of ${wanted} lines`)
      return lines.map((line) => Reject.parse(JSON.parse(line)))
    } catch (cause) {
      throw damaged(id, cause)
    }
  }
}

async function linesOf(file: string, { offset, limit }: Range): Promise<string[]> {
  const stream = createReadStream(file)
  const lines: string[] = []
  let at = 0
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (at++ < offset) continue
      lines.push(line)
      if (lines.length >= limit) break
    }
  } finally {
    stream.destroy()
  }
  return lines
}

function damaged(id: string, cause?: unknown): FitserveError {
  return new FitserveError('corrupt-artifact', `The rejected lines of the data set ${id} are damaged.`, {
    cause,
  })
}
