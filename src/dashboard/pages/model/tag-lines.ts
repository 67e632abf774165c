import { writtenTag } from '../../parts/written-tag.ts'

/** Returns tags as lines that can be edited. */
export function linesOf(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([key, value]) => writtenTag(key, value))
    .join('\n')
}

/** Reads the lines, each a key, or a key and a value with a colon between them. The last line of a key counts. */
export function tagsIn(lines: string): Record<string, string> {
  const pairs = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.indexOf(':')
      return colon < 0 ? [line, ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
    })
  return Object.fromEntries(pairs)
}
