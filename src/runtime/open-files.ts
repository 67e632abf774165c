import { readdirSync } from 'node:fs'
import { z } from 'zod'

const Report = z.object({ userLimits: z.object({ open_files: z.object({ soft: z.number() }) }) })

let limit: { files: number | undefined } | undefined

/**
 * Returns how many files, pipes and sockets this process may have open (`ulimit -n`); undefined if there is no limit. Call
 * it before the first connection is opened, since a report looks up the name of each connected address, and the process
 * waits for the answers. The limit is remembered for later calls.
 */
export function openFilesLimit(): number | undefined {
  limit ??= { files: readLimit() }
  return limit.files
}

function readLimit(): number | undefined {
  const report = Report.safeParse(process.report.getReport())
  return report.success ? report.data.userLimits.open_files.soft : undefined
}

/** Returns how many it has open; undefined where the system does not tell (it does on Linux). */
export function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
