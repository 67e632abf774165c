import { confusion } from './confusion.ts'
import { curves, kfold } from './epochs.ts'
import type { PlotData, PlotFormat, PlotName, PlotTheme } from './names.ts'
import { toPng, toSvg } from './render.ts'
import { residuals } from './residuals.ts'
import type { Plot } from './spec.ts'
import { COLORS } from './theme.ts'
import { precisionRecall, reliability, roc } from './thresholds.ts'

const PLOTTED: Readonly<Record<PlotName, Plot>> = {
  loss: curves('loss'),
  accuracy: curves('accuracy'),
  mae: curves('mae'),
  kfold,
  confusion,
  residuals,
  roc,
  pr: precisionRecall,
  reliability,
}

/**
 * Draws a plot that `plotsOf` names, 640 pixels wide; the same data give the same bytes. Loads libraries that an
 * API process is to be free of, and computes for some tens of milliseconds.
 */
export async function drawPlot(
  name: PlotName,
  data: PlotData,
  { theme, format }: { theme: PlotTheme; format: PlotFormat },
): Promise<Buffer> {
  const colors = COLORS[theme]
  const svg = await toSvg(PLOTTED[name](data, colors), colors)
  return format === 'svg' ? Buffer.from(svg) : toPng(svg)
}
