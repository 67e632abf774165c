import { toSvg } from '../src/evaluation/plots/render.ts'
import { type Layer, single } from '../src/evaluation/plots/spec.ts'
import { COLORS } from '../src/evaluation/plots/theme.ts'
import { GOALS, verdict } from './goals.ts'
import type { Figures } from './record.ts'

const BAR_HEIGHT = 30
const FRAME_HEIGHT = 110

/** Ratios beside others, as two SVG documents. undefined: none was measured. */
export async function drawRatios(figures: Figures): Promise<{ light: string; dark: string } | undefined> {
  const values = GOALS.flatMap((goal) => {
    const found = figures.goals[goal.id]
    if (!found || found.value <= 0 || goal.better === 'lower' || goal.against === '') return []
    const { reach, aim } = goal
    const label = `${plainText(goal.work)} / ${plainText(goal.against)}`
    return [{ label, value: found.value, reach, aim, met: verdict(goal, found.value) !== 'not reached' }]
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
    const x = (field: string) => ({ field, type: 'quantitative' as const, scale, title: 'times as good' })
    const tick = (field: string, color: string): Layer => ({
      data: { values: values.filter((each) => each[field as 'reach' | 'aim'] !== null) },
      mark: { type: 'tick', thickness: 3, size: 20, color },
      encoding: { y, x: x(field) },
    })
    const bars: Layer = {
      data: { values },
      mark: { type: 'bar', size: 13 },
      encoding: {
        ...{ y, x: x('value'), x2: { datum: 1 } },
        color: {
          condition: { test: 'datum.met', value: colors.training },
          value: colors.validation,
        },
      },
    }
    return toSvg(
      single(colors, {
        title: 'fitserve beside others',
        notes: ['Logarithmic; 1: as good. Green tick: to be reached, grey tick: aimed at.'],
        layers: [bars, tick('aim', colors.muted), tick('reach', colors.accent)],
        height: FRAME_HEIGHT + values.length * BAR_HEIGHT,
      }),
      colors,
    )
  }
  return { light: await draw('light'), dark: await draw('dark') }
}

const plainText = (text: string) => text.replaceAll('`', '')
