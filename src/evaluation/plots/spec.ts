import type { TopLevelSpec } from 'vega-lite'
import type { PlotData, PlotResults } from './data.ts'
import { type Colors, configOf, WIDTH } from './theme.ts'

type Layered = Extract<TopLevelSpec, { layer: readonly unknown[] }>
/** One layer of marks in a panel. */
export type Layer = Layered['layer'][number]

/** One rectangle of a plot. */
export interface Panel {
  spec: Layered
  width: number
  height: number
}

/** Panels side by side or one above the other. */
export interface Figure {
  direction: 'row' | 'column'
  panels: readonly Panel[]
}

/** One kind of plot; its name is in the list of `plots.ts`. */
export interface Plot {
  /** True if it is drawn from the version's explanation, which takes long to compute. Default: false. */
  isOfExplanation?: boolean
  /** Returns whether the results hold what the plot shows, which depends on task, validation and metrics. */
  drawable(results: PlotResults): boolean
  /** Describes the picture of data that are drawable, in the theme's colours. */
  figure(data: PlotData, colors: Colors): Figure
}

/** An axis of places, each of which shows the name that the parameter `names` has there. */
export const NAMES_AXIS = {
  labelExpr: 'names[datum.value]',
  ticks: false,
  domain: false,
  labelOverlap: false,
} as const

interface PanelParts {
  title?: string
  /** Lines below the title. */
  notes?: readonly string[]
  layers: readonly Layer[]
  width?: number
  height: number
  /** Colour of the plotting area. */
  fill?: string
  resolve?: Layered['resolve']
  params?: Layered['params']
}

/** Makes a panel whose axes, legends and titles are within its size. */
export function panel(colors: Colors, parts: PanelParts): Panel {
  const { width = WIDTH, height, fill, resolve, params } = parts
  const title =
    parts.title === undefined ? {} : { title: { text: parts.title, subtitle: [...(parts.notes ?? [])] } }
  return {
    width,
    height,
    spec: {
      width,
      height,
      autosize: { type: 'fit', contains: 'padding' },
      config: configOf(colors),
      ...title,
      layer: [...parts.layers],
      ...(fill ? { view: { fill } } : {}),
      ...(resolve ? { resolve } : {}),
      ...(params ? { params } : {}),
    },
  }
}

/** Makes a figure of one panel. */
export function single(colors: Colors, parts: PanelParts): Figure {
  return { direction: 'row', panels: [panel(colors, parts)] }
}
