import { type FileHandle, open } from 'node:fs/promises'
import { csvHeader, csvLines } from './csv-lines.ts'
import { jsonLines } from './json-lines.ts'
import { openParquetFile } from './parquet-file.ts'
import type { AnsweredChunk, ResultFile, ResultLayout } from './result-layout.ts'

/** Opens a new file for answers. */
export async function openResultFile(path: string, layout: ResultLayout): Promise<ResultFile> {
  if (layout.format === 'parquet') return openParquetFile(path, layout)
  const handle = await open(path, 'wx')
  if (layout.format === 'ndjson') return lineFile(handle, jsonLines(layout))
  if (layout.isFirst) await handle.writeFile(csvHeader(layout))
  return lineFile(handle, csvLines(layout))
}

function lineFile(handle: FileHandle, linesOf: (chunk: AnsweredChunk) => string): ResultFile {
  return {
    write: (chunk) => handle.writeFile(linesOf(chunk)),
    finish: async () => {},
    close: () => handle.close(),
  }
}
