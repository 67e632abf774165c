import { z } from 'zod'
import { VersionExplanation } from '../explanation.ts'
import { History } from '../history.ts'
import { Evaluation } from '../schema.ts'

/** File formats of a picture, by their file name extension. */
export const PLOT_FORMATS = ['svg', 'png'] as const
/** Reads a picture's format. */
export const PlotFormat = z.enum(PLOT_FORMATS)
export type PlotFormat = z.infer<typeof PlotFormat>

/** Colours for a light or a dark page. */
export const PLOT_THEMES = ['light', 'dark'] as const
/** Reads a theme's name. */
export const PlotTheme = z.enum(PLOT_THEMES)
export type PlotTheme = z.infer<typeof PlotTheme>

/** The results that plots are drawn from, with the words for their titles and axes. */
export const PlotData = z.object({
  /** The model that the picture shows, for the title (`imdb, version 3`). */
  subject: z.string(),
  /** Name of the loss, and of the target, for the axes. */
  loss: z.string(),
  target: z.string(),
  history: History.nullable(),
  evaluation: Evaluation.nullable(),
  /**
   * What counts for the version, without its slices, of which there may be thousands; null where no plot of it is asked for.
   */
  explanation: VersionExplanation.omit({ slices: true }).nullable(),
  /** The feature that is shown by the plot `feature`; null for other plots. */
  feature: z.string().nullable(),
})
export type PlotData = z.infer<typeof PlotData>

/** The part of the data that decides which plots can be drawn. */
export type PlotResults = Pick<PlotData, 'history' | 'evaluation' | 'explanation' | 'feature'>
