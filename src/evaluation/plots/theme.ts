import type { Config } from 'vega-lite'
import type { PlotTheme } from './data.ts'

/** Width of every plot, in pixels. */
export const WIDTH = 640

/**
 * Colours that people with any colour vision tell apart (Okabe and Ito 2008), each in the shade that stands out from
 * the background.
 */
export interface Colors {
  background: string
  text: string
  /** Axes, notes and guide lines. */
  muted: string
  grid: string
  training: string
  validation: string
  /** A third line, and marks. */
  accent: string
  /** Behind epochs that overfit. */
  shade: string
  /** For classes, in this order. */
  classes: readonly string[]
  /** Colours of a cell from no row to all rows, for right answers and for mistakes. */
  right: readonly [string, string]
  wrong: readonly [string, string]
}

/** The colours of each theme. */
export const COLORS: Readonly<Record<PlotTheme, Colors>> = {
  light: {
    background: '#ffffff',
    text: '#1b1f24',
    muted: '#59636e',
    grid: '#e4e7eb',
    training: '#0072b2',
    validation: '#d55e00',
    accent: '#007a5a',
    shade: '#d55e00',
    classes: ['#0072b2', '#d55e00', '#007a5a', '#b0578d', '#8a6d00'],
    right: ['#f3f5f7', '#0072b2'],
    wrong: ['#f3f5f7', '#c04a00'],
  },
  dark: {
    background: '#12161c',
    text: '#e8ebef',
    muted: '#a3adb8',
    grid: '#2a313a',
    training: '#56b4e9',
    validation: '#f0a030',
    accent: '#2fc69a',
    shade: '#f0a030',
    classes: ['#56b4e9', '#f0a030', '#2fc69a', '#e08fc0', '#f0e442'],
    right: ['#1c232b', '#56b4e9'],
    wrong: ['#1c232b', '#ff8f3f'],
  },
}

/** The font of all texts, with substitutes for a viewer of the SVG that lacks it. */
export const FONT = "'DejaVu Sans', Verdana, sans-serif"

/** Returns the settings of vega-lite that all plots of a theme share. */
export function configOf({ background, text, muted, grid }: Colors): Config {
  return {
    background,
    font: FONT,
    padding: { left: 8, right: 14, top: 10, bottom: 8 },
    title: {
      anchor: 'start',
      frame: 'bounds',
      color: text,
      fontSize: 15,
      fontWeight: 'bold',
      offset: 8,
      subtitleColor: muted,
      subtitleFontSize: 12,
      subtitlePadding: 4,
    },
    axis: {
      labelColor: text,
      titleColor: text,
      labelFontSize: 12,
      titleFontSize: 12,
      titlePadding: 8,
      titleFontWeight: 'normal',
      gridColor: grid,
      domainColor: muted,
      tickColor: muted,
      labelFlush: false,
      titleLimit: 420,
      labelLimit: 150,
    },
    legend: {
      labelColor: text,
      titleColor: text,
      labelFontSize: 12,
      titleFontSize: 12,
      labelLimit: 170,
      orient: 'top',
      direction: 'horizontal',
      titleFontWeight: 'normal',
      symbolStrokeWidth: 2.5,
      symbolType: 'stroke',
      symbolOpacity: 1,
      symbolSize: 400,
      offset: 6,
      columnPadding: 18,
    },
    view: { stroke: null },
  }
}
