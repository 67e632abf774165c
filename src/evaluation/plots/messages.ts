import { z } from 'zod'
import { PlotData, PlotFormat, PlotTheme } from './data.ts'
import { PlotName } from './plots.ts'

/** A request to the drawing process. */
export const PlotTask = z.object({ name: PlotName, theme: PlotTheme, format: PlotFormat, data: PlotData })
export type PlotTask = z.infer<typeof PlotTask>

/** The drawing process's reply; the picture is in Base64. */
export const PlotReply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('drawn'), picture: z.string() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
])
export type PlotReply = z.infer<typeof PlotReply>
