import { z } from 'zod'
import { PlotData, PlotFormat, PlotTheme } from './data.ts'
import { PlotName } from './plots.ts'

/** What is sent to the process that draws. */
export const PlotTask = z.object({ name: PlotName, theme: PlotTheme, format: PlotFormat, data: PlotData })
export type PlotTask = z.infer<typeof PlotTask>

/** What it answers; the picture in Base64. */
export const PlotReply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('drawn'), picture: z.string() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
])
export type PlotReply = z.infer<typeof PlotReply>
