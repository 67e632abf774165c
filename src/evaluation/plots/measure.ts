import { textMetrics } from 'vega'

// Two members that the library's types leave out: its measure of a text's width, and the counter of its ids.
declare module 'vega' {
  const textMetrics: { width: (item: TextItem, text?: unknown) => number }
  function resetSVGDefIds(): void
}

interface TextItem {
  text?: unknown
  fontSize?: number
  fontWeight?: string | number
}

/** Widths of the characters from space to `~` in DejaVu Sans, in hundredths of the font's size. */
// biome-ignore format: a table
const WIDTHS = [
  32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34,
  84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99,
  69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52,
  39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
]
const OTHER = 62
const WIDE = 100
const BOLD = 1.13
/** Korean, Chinese and Japanese letters are as wide as they are high. */
const FIRST_WIDE = 0x1100

/** Returns the width of a text in DejaVu Sans, in pixels. */
export function textWidth(text: string, fontSize: number): number {
  let width = 0
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0
    width += WIDTHS[code - 32] ?? (code >= FIRST_WIDE && !(code >= 0x1e00 && code < 0x2e80) ? WIDE : OTHER)
  }
  return (width * fontSize) / 100
}

/**
 * Tells the library how wide texts are: without a canvas it takes every letter for a wide one, and leaves too much
 * room.
 */
export function measureTexts(): void {
  textMetrics.width = (item, text) => {
    const width = textWidth(String(text ?? item.text ?? ''), item.fontSize ?? 11)
    return item.fontWeight === 'bold' ? width * BOLD : width
  }
}
