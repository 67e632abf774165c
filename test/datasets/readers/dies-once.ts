import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { serve } from '../../../src/datasets/reader/serve.ts'

// A reader that is killed in the middle of its first task, as by a machine short of memory.
const Folder = z.object({ folder: z.string() })

process.prependListener('message', (message) => {
  const folder = Folder.safeParse(message).data?.folder
  if (folder === undefined || existsSync(join(folder, 'died'))) return
  writeFileSync(join(folder, 'died'), '')
  writeFileSync(join(folder, 'data.parquet'), 'half a table')
  writeFileSync(join(folder, 'rejects.ndjson'), '{"line":')
  process.kill(process.pid, 'SIGKILL')
})
serve()
