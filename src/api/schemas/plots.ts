import { z } from 'zod'
import { PLOT_FORMATS, PlotTheme } from '../../evaluation/plots/data.ts'
import { PlotName } from '../../evaluation/plots/plots.ts'
import { JobParams } from './jobs.ts'
import { VersionParams } from './models.ts'

/** Not checked here: any other name is an unknown plot, and answered by 404. */
const PlotFile = z
  .string()
  .describe('A plot and its format: `loss.svg`.')
  .meta({ pattern: `^(${PlotName.options.join('|')})\\.(${PLOT_FORMATS.join('|')})$` })

export const VersionPlotParams = VersionParams.extend({ file: PlotFile })
export const JobPlotParams = JobParams.extend({ file: PlotFile })

export const PlotQuery = z.strictObject({
  theme: PlotTheme.default('light').describe('The colours, for a light or a dark page.'),
})
export const PlotHeaders = z.looseObject({
  'if-none-match': z.string().describe('The `ETag` of the picture that is already there.').optional(),
})
