import { z } from 'zod'
import { PLOT_FORMATS, PlotTheme } from '../../evaluation/plots/data.ts'
import { PlotName } from '../../evaluation/plots/plots.ts'
import { JobParams } from './jobs.ts'
import { VersionParams } from './models.ts'

/** A plot's file name. The pattern is not checked here: another name is an unknown plot, answered by 404. */
const PlotFile = z
  .string()
  .describe('Name and format of a plot, for example `loss.svg`.')
  .meta({ pattern: `^(${PlotName.options.join('|')})\\.(${PLOT_FORMATS.join('|')})$` })

/** Path parameters of a plot of a version. */
export const VersionPlotParams = VersionParams.extend({ file: PlotFile })

/** Path parameters of a plot of a job. */
export const JobPlotParams = JobParams.extend({ file: PlotFile })

/** Query of a plot. */
export const PlotQuery = z.strictObject({
  theme: PlotTheme.default('light').describe('Colours for a light or a dark page.'),
})

/** Headers of a request for a plot. */
export const PlotHeaders = z.looseObject({
  'if-none-match': z.string().describe('The `ETag` of the picture that the client has.').optional(),
})
