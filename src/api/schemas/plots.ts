import { z } from 'zod'
import { PLOT_FORMATS, PlotTheme } from '../../evaluation/plots/data.ts'
import { isOfExplanation, PlotName } from '../../evaluation/plots/plots.ts'
import { JobParams } from './jobs.ts'
import { VersionParams } from './models.ts'

/** A plot's file name. The pattern is not checked here: another name is an unknown plot, answered by 404. */
function plotFile(names: readonly PlotName[]) {
  return z
    .string()
    .describe('Name and format of a plot, for example `loss.svg`.')
    .meta({ pattern: `^(${names.map(patternOf).join('|')})\\.(${PLOT_FORMATS.join('|')})$` })
}

function patternOf(name: PlotName): string {
  return name === 'feature' ? 'feature-.+' : name
}

/** Path parameters of a plot of a version. */
export const VersionPlotParams = VersionParams.extend({ file: plotFile(PlotName.options) })

/** Path parameters of a plot of a job, which has no explanation. */
export const JobPlotParams = JobParams.extend({
  file: plotFile(PlotName.options.filter((name) => !isOfExplanation(name))),
})

/** Query of a plot. */
export const PlotQuery = z.strictObject({
  theme: PlotTheme.default('light').describe('Colours for a light or a dark page.'),
})

/** Headers of a request for a plot. */
export const PlotHeaders = z.looseObject({
  'if-none-match': z.string().describe('The `ETag` of the picture that the client has.').optional(),
})
