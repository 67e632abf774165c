import type { PlotData, PlotFormat, PlotTheme } from './data.ts'
import { PLOTS, type PlotName } from './plots.ts'
import { toPng, toSvg } from './render.ts'
import { COLORS } from './theme.ts'

/**
 * Draws a plot that `plotsOf` names, 640 pixels wide; the same data give the same bytes. Importing this file loads the
 * drawing libraries (some 65 MB), which an API process does without. A plot takes some tens of milliseconds of
 * processor time.
 */
export async function drawPlot(
  name: PlotName,
  data: PlotData,
  { theme, format }: { theme: PlotTheme; format: PlotFormat },
): Promise<Buffer> {
  const colors = COLORS[theme]
  const svg = await toSvg(PLOTS[name].figure(data, colors), colors)
  return format === 'svg' ? Buffer.from(svg) : toPng(svg)
}
