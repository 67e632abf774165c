import { toSvg } from '../src/evaluation/plots/render.ts'
import { type Layer, single } from '../src/evaluation/plots/spec.ts'
import { COLORS } from '../src/evaluation/plots/theme.ts'
import { GOALS, verdict } from './goals.ts'
import type { Figures } from './record.ts'

const WIDTH = 800
const BAR_HEIGHT = 26
const FRAME_HEIGHT = 110
const TICKS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000]

/** Ratios beside others, as two SVG documents. undefined: none was measured. */
export async function drawRatios(figures: Figures): Promise<{ light: string; dark: string } | undefined> {
  const values = GOALS.flatMap((goal) => {
    const found = figures.goals[goal.id]
    if (!found || found.value <= 0 || goal.better === 'lower' || goal.against === '') return []
    const { reach, aim } = goal
    const label = goal.label
    return [{ label, value: found.value, reach, aim, verdict: verdict(goal, found.value) }]
  })
  if (values.length === 0) return undefined
  const labels = values.map(({ label }) => label)
  const draw = (theme: 'light' | 'dark') => {
    const colors = COLORS[theme]
    const y = {
      field: 'label',
      type: 'nominal' as const,
      sort: labels,
      title: null,
      axis: { labelLimit: 330 },
    }
    const scale = { type: 'log' as const }
    const x = (field: string) => ({
      field,
      type: 'quantitative' as const,
      scale,
      title: 'times as fast, as small or as exact as the other',
      axis: { values: TICKS },
    })
    const tick = (field: string, color: string): Layer => ({
      data: { values: values.filter((each) => each[field as 'reach' | 'aim'] !== null) },
      mark: { type: 'tick', thickness: field === 'aim' ? 1.5 : 3, size: 20, color, opacity: 1 },
      encoding: { y, x: x(field) },
    })
    const bars: Layer = {
      data: { values },
      mark: { type: 'bar', size: 13 },
      encoding: {
        y,
        x: x('value'),
        x2: { datum: 1 },
        color: {
          condition: [
            { test: "datum.verdict === 'not reached'", value: colors.validation },
            { test: "datum.verdict === 'for information'", value: colors.muted },
          ],
          value: colors.training,
        },
      },
    }
    return toSvg(
      single(colors, {
        title: 'fitserve beside others',
        notes: [
          'Logarithmic. Blue: reached, orange: not reached, grey: for information.',
          'Green tick: to be reached, thin tick: aimed at.',
        ],
        layers: [bars, tick('aim', colors.text), tick('reach', colors.accent)],
        width: WIDTH,
        height: FRAME_HEIGHT + values.length * BAR_HEIGHT,
      }),
      colors,
    )
  }
  return { light: await draw('light'), dark: await draw('dark') }
}
