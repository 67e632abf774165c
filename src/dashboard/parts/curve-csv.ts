import type { CurvesProps } from './curve.ts'

/** Returns the values of curves as CSV, in full precision: a line for each place of x, empty where a curve has none. */
export function csvOf({ xName, x, curves }: Pick<CurvesProps, 'xName' | 'x' | 'curves'>): string {
  const head = [xName, ...curves.map(({ name }) => name)]
  const lines = x.map((place, at) => [place, ...curves.map(({ values }) => values[at] ?? '')])
  return [head, ...lines].map((cells) => `${cells.map(fieldOf).join(',')}\r\n`).join('')
}

/** Returns a cell as RFC 4180 has it. */
function fieldOf(cell: string | number): string {
  const text = String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Returns a name for a file with what a chart shows, without the characters that file systems refuse. */
export function fileNameOf(title: string, ending: string): string {
  const name = title
    .normalize()
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80)
  return `${name === '' ? 'chart' : name}.${ending}`
}
