import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Resvg } from '@resvg/resvg-js'
import { parse, resetSVGDefIds, View } from 'vega'
import { compile } from 'vega-lite'
import { serial } from '../../runtime/serial.ts'
import { measureTexts } from './measure.ts'
import type { Figure, Panel } from './spec.ts'
import { type Colors, WIDTH } from './theme.ts'

/** Folder of the font that every picture is drawn with, so that it looks the same on a machine without fonts. */
const FONTS = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf')
const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => join(FONTS, file))
/** Letters that DejaVu Sans lacks; only for these the machine's own fonts are searched, which takes time. */
const OTHER_SCRIPTS =
  /[\u0900-\u0dff\u0e00-\u0e7f\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3000-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]|[\u{20000}-\u{3ffff}]/u

measureTexts()

/** The ids within a document come from one counter of the library's, so documents are made one by one. */
const oneAtATime = serial()

/** Returns an SVG document 640 pixels wide. The same figure gives the same text. */
export function toSvg(figure: Figure, colors: Colors): Promise<string> {
  return oneAtATime(() => drawFigure(figure, colors))
}

async function drawFigure({ direction, panels }: Figure, colors: Colors): Promise<string> {
  resetSVGDefIds()
  const along = direction === 'row' ? 'width' : 'height'
  const height =
    direction === 'row' ? Math.max(...panels.map((panel) => panel.height)) : sum(panels, 'height')
  const [only] = panels
  if (only && panels.length === 1) return drawPanel(only)
  let offset = 0
  const parts: string[] = []
  for (const panel of panels) {
    const place = direction === 'row' ? `x="${offset}" y="0"` : `x="0" y="${offset}"`
    parts.push((await drawPanel(panel)).replace('<svg ', `<svg ${place} `))
    offset += panel[along]
  }
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`
  const ground = `<rect width="${WIDTH}" height="${height}" fill="${colors.background}"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" version="1.1" ${size}>${ground}${parts.join('')}</svg>`
}

/** Returns the SVG as a PNG, one pixel for each of its units. */
export function toPng(svg: string): Buffer {
  const font = {
    fontFiles: FONT_FILES,
    defaultFontFamily: 'DejaVu Sans',
    sansSerifFamily: 'DejaVu Sans',
    loadSystemFonts: OTHER_SCRIPTS.test(svg),
  }
  return new Resvg(svg, { font }).render().asPng()
}

async function drawPanel({ spec }: Panel): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

function sum(panels: readonly Panel[], side: 'width' | 'height'): number {
  return panels.reduce((total, panel) => total + panel[side], 0)
}
