import { type FileHandle, open } from 'node:fs/promises'
import { csvHeader, csvLines } from './csv-lines.ts'
import { jsonLines } from './json-lines.ts'
import { openParquetFile } from './parquet-file.ts'
import type { AnsweredChunk, ResultFile, ResultLayout } from './result-layout.ts'

/** Opens a new file for answers. */
export async function openResultFile(path: string, layout: ResultLayout): Promise<ResultFile> {
  if (layout.format === 'parquet') return openParquetFile(path, layout)
  const handle = await open(path, 'wx')
  if (layout.format === 'ndjson') return lineFile(handle, '', jsonLines(layout))
  return lineFile(handle, layout.isFirst ? csvHeader(layout) : '', csvLines(layout))
}

/** @param header text before the first chunk */
function lineFile(handle: FileHandle, header: string, linesOf: (chunk: AnsweredChunk) => string): ResultFile {
  let before = header
  return {
    async write(chunk) {
      await handle.writeFile(before + linesOf(chunk))
      before = ''
    },
    finish: () => handle.writeFile(before),
    close: () => handle.close(),
  }
}
