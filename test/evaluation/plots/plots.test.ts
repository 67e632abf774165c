import { Resvg } from '@resvg/resvg-js'
import { describe, expect, it } from 'vitest'
import { PLOT_THEMES, type PlotData, type PlotTheme } from '../../../src/evaluation/plots/data.ts'
import { drawPlot } from '../../../src/evaluation/plots/draw.ts'
import {
  featurePlotsOf,
  isOfExplanation,
  PlotName,
  parsePlotName,
  plotsOf,
} from '../../../src/evaluation/plots/plots.ts'
import { rough, short } from '../../../src/evaluation/plots/text.ts'
import { COLORS } from '../../../src/evaluation/plots/theme.ts'
import {
  classified,
  curved,
  explained,
  folded,
  labelled,
  learnt,
  overfitting,
  regressed,
  regressedTargets,
  termsOf,
} from './plot-data.ts'

async function svgOf(name: PlotName, data: PlotData, theme: PlotTheme = 'light'): Promise<string> {
  return (await drawPlot(name, data, { theme, format: 'svg' })).toString('utf8')
}

/** Marks of one kind, by what they tell a screen reader. */
function marks(svg: string, kind: string): string[] {
  const found = svg.matchAll(/aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="([^"]*)"/g)
  return [...found].flatMap(([, label, role]) => (role === kind ? [label ?? ''] : []))
}

function texts(svg: string): string[] {
  return [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)<\/(?:text|tspan)>/g)].map(([, text]) => text ?? '')
}

/** Colours of a picture's pixels, read by drawing it. */
function pixels(png: Buffer, width: number, height: number): Set<string> {
  const image = `<image width="${width}" height="${height}" href="data:image/png;base64,${png.toString('base64')}"/>`
  const size = `width="${width}" height="${height}"`
  const drawn = new Resvg(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${size}>${image}</svg>`,
  ).render().pixels
  const colors = new Set<string>()
  for (let at = 0; at < drawn.length; at += 4) colors.add(`#${drawn.subarray(at, at + 3).toString('hex')}`)
  return colors
}

function sizeOf(png: Buffer): [number, number] {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}

const NUMBERS = [1, 2, 4].map((value) => ({ value, outputs: [value * 10] }))

const EVERY: [PlotName, PlotData][] = [
  ['loss', overfitting(12)],
  ['accuracy', overfitting(12)],
  ['mae', folded()],
  ['kfold', folded()],
  ['confusion', classified(['no', 'yes'])],
  ['labels', labelled()],
  ['residuals', regressed()],
  ['residuals', regressedTargets()],
  ['roc', classified(['no', 'yes'])],
  ['pr', classified(['no', 'yes'])],
  ['reliability', classified(['no', 'yes'])],
  ['learning-curve', learnt()],
  ['importance', explained()],
  ['terms', explained()],
  ['feature', curved(NUMBERS)],
]

describe('every plot', () => {
  it('is in this list', () => {
    expect([...new Set(EVERY.map(([name]) => name))]).toEqual(PlotName.options)
    for (const [name, data] of EVERY) expect(plotsOf(data)).toContain(name)
  })

  it.each(EVERY)(
    '%s is 640 pixels wide, the same each time, and in the colours of its theme',
    async (name, data) => {
      for (const theme of PLOT_THEMES) {
        const { background, text } = COLORS[theme]
        const png = await drawPlot(name, data, { theme, format: 'png' })
        const [width, height] = sizeOf(png)
        expect(width).toBe(640)
        expect(height).toBeGreaterThanOrEqual(['importance', 'feature'].includes(name) ? 180 : 380)
        // Letters are there, which without a font they would not be.
        expect([...pixels(png, width, height)]).toEqual(expect.arrayContaining([background, text]))
        expect(await drawPlot(name, data, { theme, format: 'png' })).toEqual(png)
        const svg = await svgOf(name, data, theme)
        expect(svg).toMatch(/^<svg [^>]*width="640"/)
        expect(svg).toBe(await svgOf(name, data, theme))
      }
    },
  )
})

describe('the name of a plot in an address', () => {
  it.each([
    ['loss', { name: 'loss', feature: null }],
    ['learning-curve', { name: 'learning-curve', feature: null }],
    ['feature-age', { name: 'feature', feature: 'age' }],
    ['feature-', { name: 'feature', feature: '' }],
    ['feature-feature-x', { name: 'feature', feature: 'feature-x' }],
    ['feature', null],
    ['Loss', null],
    ['toString', null],
  ])('%s means %j', (text, meant) => expect(parsePlotName(text)).toEqual(meant))

  it('tells those that need the explanation of a version', () => {
    expect(PlotName.options.filter(isOfExplanation)).toEqual(['importance', 'terms', 'feature'])
  })
})

describe('a learning curve', () => {
  it('has a point and an interval for each number of rows', async () => {
    const svg = await svgOf('learning-curve', learnt())
    expect(texts(svg)).toEqual(expect.arrayContaining(['Learning curve', 'Training rows', 'Accuracy']))
    expect(marks(svg, 'rule mark')).toEqual([
      'Training rows: 80; Accuracy: 0.6; high: 0.7',
      'Training rows: 160; Accuracy: 0.7; high: 0.8',
      'Training rows: 320; Accuracy: 0.75; high: 0.85',
    ])
  })
})

describe('curves over epochs', () => {
  it('mark the best epoch and the ones that overfit', async () => {
    const svg = await svgOf('loss', overfitting(12))
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        'Loss per epoch',
        'Epoch',
        'Loss (binaryCrossentropy)',
        'training',
        'validation',
      ]),
    )
    expect(texts(svg)).toContain('best epoch 3: validation 0.3 · shaded: overfits after epoch 3')
    expect(marks(svg, 'line mark')).toHaveLength(2)
    expect(marks(svg, 'rule mark')).toEqual(['Epoch: 3'])
    expect(marks(svg, 'rect mark')).toEqual(['Epoch: 3; end: 12'])
    // Each epoch of two lines, and the best one.
    expect(marks(svg, 'point')).toHaveLength(12 * 2 + 1)
  })

  it('of ten thousand epochs are thinned, and fit into a small file', async () => {
    const svg = await svgOf('loss', overfitting(10_000))
    expect(svg.length).toBeLessThan(120_000)
    expect(texts(svg)).toContain('reviews, version 1 · lines are means over 101 epochs')
    expect(marks(svg, 'point')).toHaveLength(1)
  })

  it('of one epoch, or with gaps, are drawn', async () => {
    const svg = await svgOf('loss', overfitting(1))
    expect(texts(svg)).toContain('best epoch 1: validation 0.34')
    const gaps = overfitting(3)
    const history = { ...gaps.history!, loss: [1, null, 0.5], valLoss: [null, null, null] }
    expect(await svgOf('loss', { ...gaps, history })).not.toContain('NaN')
  })

  it('of folds show each, their mean and its moving average', async () => {
    const svg = await svgOf('kfold', folded())
    expect(marks(svg, 'line mark')).toHaveLength(4 + 2)
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        'Mean absolute error of 4 folds per epoch',
        'Mean absolute error (unit of price)',
        'each fold',
        'mean',
        'moving average',
      ]),
    )
  })
})

describe('plots of classes', () => {
  it('count every cell of a small matrix', async () => {
    const data = classified(['no', 'yes'])
    const [[a = 0, b = 0] = [], [c = 0, d = 0] = []] = data.evaluation?.confusionMatrix ?? []
    expect(a + b + c + d).toBe(400)
    const svg = await svgOf('confusion', data)
    for (const rows of [a, b, c, d])
      expect(texts(svg).some((text) => text.startsWith(`${rows} (`))).toBe(true)
  })

  it.each([2, 3, 16, 17, 52, 60, 61, 200])('name each of %d classes, or the largest ones', async (count) => {
    const names = Array.from({ length: count }, (_, at) => `c${at}`)
    const svg = await svgOf('confusion', classified(names, 1_000))
    const shown = count > 60 ? [...names.slice(0, 59), `${count - 59} others`] : names
    // Once at each axis.
    for (const name of shown) expect(texts(svg).filter((text) => text === name)).toHaveLength(2)
    expect(svg.length).toBeLessThan(200_000)
  })

  it('are not drawn of more classes than there is a matrix for', () => {
    const names = Array.from({ length: 201 }, (_, at) => `c${at}`)
    expect(plotsOf(classified(names))).toEqual(['roc', 'pr', 'reliability'])
  })

  it('mark the answers given on the curve, and name the areas of many curves', async () => {
    const data = classified(['no', 'yes'])
    const { recall = 0 } = data.evaluation?.perClass?.['yes'] ?? {}
    const [point] = marks(await svgOf('roc', data), 'point')
    expect(point).toContain(`True positive rate: ${recall}`)
    const many = await svgOf('roc', classified(['a', 'b', 'c', 'd', 'e', 'f']))
    expect(marks(many, 'line mark')).toHaveLength(1 + 5)
    expect(texts(many).filter((text) => /^[a-f] \(0\.\d+\)$/.test(text))).toHaveLength(5)
  })

  it('hold hostile names as text', async () => {
    const names = [
      '<script>alert(1)</script>',
      '"&\'',
      '\u0000\u001b[31m\u202e',
      '\ud800',
      '긍정',
      'x'.repeat(500),
    ]
    const data = { ...classified(names), subject: '</text><script>', target: '<b>' }
    for (const name of plotsOf(data)) {
      const svg = await svgOf(name, data)
      expect(svg).not.toMatch(/<script|<b>|\bon\w+=/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(svg).not.toMatch(/[\u0000-\u0008\u001b\u202e\ud800]x{40}/u)
      expect(sizeOf(await drawPlot(name, data, { theme: 'dark', format: 'png' }))[0]).toBe(640)
    }
    expect(texts(await svgOf('confusion', data))).toContain('&lt;script&gt;alert(1)…')
  })
})

describe('plots of an explanation', () => {
  it('show the growth of the loss for each column, with its deviation', async () => {
    const svg = await svgOf('importance', explained(3))
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Growth of the log loss', 'c0', 'c1', 'c2', '1 ± 0.05', '0.333 ± 0.05']),
    )
    expect(texts(svg)).toContain('reviews, version 1 · 876 rows, trained on these too · log loss 0.08')
    expect(marks(svg, 'bar')).toHaveLength(3)
    expect(marks(svg, 'rule mark')).toEqual([
      expect.stringMatching(/: 0\.95; .*high: 1\.05/),
      expect.stringMatching(/: 0\.45; .*high: 0\.55/),
      expect.stringMatching(/: 0\.283/),
    ])
  })

  it('show the twenty most important of many columns', async () => {
    const svg = await svgOf('importance', explained(100))
    expect(marks(svg, 'bar')).toHaveLength(20)
    expect(texts(svg).join(' ')).toContain('the first 20 of 100 columns')
    expect(texts(svg)).not.toContain('c20')
  })

  it('of columns that count for nothing, or less, are drawn', async () => {
    for (const mean of [0, -1e-9, -3]) {
      const features = [{ feature: 'x', mean, deviation: 0 }]
      const importance = { metric: 'meanAbsoluteError', repeats: 5, baseline: 2, features } as const
      const svg = await svgOf('importance', explained(1, { importance: { ...importance, features } }))
      expect(svg).not.toContain('NaN')
      expect(texts(svg)).toContain('Growth of the mean absolute error (price)')
    }
  })

  it('show the terms for a class from the strongest, then those against it', async () => {
    const svg = await svgOf('terms', explained())
    const shown = texts(svg).filter((text) => /^(good|bad)\d+$/.test(text))
    const ten = Array.from({ length: 10 }, (_, at) => at)
    expect(shown).toEqual([...ten.map((at) => `good${at}`), ...ten.toReversed().map((at) => `bad${at}`)])
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Terms for and against pos', 'Weight of the term', '0.5', '−0.5']),
    )
    expect(marks(svg, 'bar')).toHaveLength(20)
  })

  it('show fewer terms of each of several classes, and the first five of them', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const svg = await svgOf('terms', explained(1, { terms: termsOf(names), termsBy: 'contributions' }))
    expect(texts(svg).filter((text) => text.startsWith('Terms for'))).toHaveLength(5)
    expect(marks(svg, 'bar')).toHaveLength(50)
    expect(texts(svg).join(' ')).toContain('the first 5 of 7')
  })

  it('show the spaces at the ends of a term, and its column where there are several', async () => {
    const positive = [
      { term: ' th', feature: 'title', weight: 2 },
      { term: 'end ', feature: 'body', weight: 1 },
    ]
    const svg = await svgOf('terms', explained(1, { terms: [{ name: 'pos', positive, negative: [] }] }))
    expect(texts(svg)).toEqual(expect.arrayContaining(['␣th (title)', 'end␣ (body)']))
  })

  it('show the mean answer by a number as a line, with ticks at its values', async () => {
    const svg = await svgOf('feature', curved(NUMBERS))
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Partial dependence on c0', 'Mean predicted price', 'c0']),
    )
    expect(marks(svg, 'line mark')).toHaveLength(1)
    expect(marks(svg, 'point')).toEqual([
      expect.stringMatching(/c0: 1; Mean predicted price: 10\b/),
      expect.stringMatching(/c0: 2; Mean predicted price: 20\b/),
      expect.stringMatching(/c0: 4; Mean predicted price: 40\b/),
    ])
    expect(svg.match(/<line /g)?.length).toBeGreaterThanOrEqual(3)
  })

  it('show dates in their order in time, whatever the time zone of the machine', async () => {
    const dates = ['2020-01-01', '2020-07-01', '2021-01-01']
    const svg = await svgOf('feature', curved(dates.map((value, at) => ({ value, outputs: [at] }))))
    expect(marks(svg, 'line mark')).toHaveLength(1)
    expect(texts(svg)).toEqual(expect.arrayContaining(['2020', 'July', '2021']))
  })

  it('show categories as bars with their number, in the order of the curve', async () => {
    const points = ['red', 'true', 'x'.repeat(200)].map((value, at) => ({ value, outputs: [0.2 + at / 10] }))
    const svg = await svgOf('feature', curved(points, ['yes']))
    expect(marks(svg, 'bar')).toHaveLength(3)
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Mean probability of yes', 'red', 'true', '0.2', '0.3', '0.4']),
    )
    expect(svg).not.toMatch(/x{40}/)
  })

  it('of many classes show the five that the feature changes most', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    // Of class g by 0.06, of class a not at all.
    const outputs = (by: number) => names.map((_, at) => 0.1 + (at * by) / 100)
    for (const values of [
      [1, 2],
      ['no', 'yes'],
    ]) {
      const points = values.map((value, at) => ({ value, outputs: outputs(at) }))
      const svg = await svgOf('feature', curved(points, names))
      expect(texts(svg).filter((text) => /^[a-g]$/.test(text))).toEqual(['c', 'd', 'e', 'f', 'g'])
      expect(texts(svg).join(' ')).toContain('the 5 of 7 that it changes most')
      expect(marks(svg, 'point')).toHaveLength(10)
    }
  })

  it('of several targets have a panel for each of the first four', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const points = [1, 2].map((value) => ({ value, outputs: names.map((_, at) => value * 10 ** at) }))
    const svg = await svgOf('feature', curved(points, names, 'meanAbsoluteError'))
    const titles = texts(svg).filter((text) => text.startsWith('Mean predicted'))
    expect(titles).toEqual(['a', 'b', 'c', 'd'].map((name) => `Mean predicted ${name}`))
  })

  it.each([
    ['one value', [{ value: 3, outputs: [0.5] }]],
    ['one date', [{ value: '2020-01-01', outputs: [0.5] }]],
    ['the same answer to all', [1, 2].map((value) => ({ value, outputs: [1] }))],
    ['answers of 0', ['a', 'b'].map((value) => ({ value, outputs: [0] }))],
    ['negative answers', ['a', 'b'].map((value) => ({ value, outputs: [-1e9] }))],
  ])('of %s are drawn', async (_, points) => {
    for (const names of [null, ['yes']]) {
      const svg = await svgOf('feature', curved(points, names))
      expect(svg).not.toMatch(/NaN|Infinity|undefined/)
      expect(marks(svg, 'point').length + marks(svg, 'bar').length).toBe(points.length)
    }
  })

  it('are there for the features that have a curve', () => {
    const data = curved(NUMBERS)
    expect(featurePlotsOf(data)).toEqual(['feature-c0'])
    expect(plotsOf({ ...data, feature: 'c1' })).toEqual([])
    expect(plotsOf({ ...data, feature: null })).toEqual([])
    const empty = curved([])
    expect([plotsOf(empty), featurePlotsOf(empty)]).toEqual([[], []])
  })

  it('are not drawn where there are no terms', () => {
    expect(plotsOf(explained(1, { terms: null }))).toEqual(['importance'])
    const none = [{ name: 'pos', positive: [], negative: [] }]
    expect(plotsOf(explained(1, { terms: none }))).toEqual(['importance'])
    expect(plotsOf({ ...explained(), explanation: null })).toEqual([])
  })

  it('hold hostile names as text', async () => {
    const hostile = ['<script>alert(1)</script>', '\u0000\u202e', '\ud800', '"&\'', 'x'.repeat(500)]
    const features = hostile.map((feature) => ({ feature, mean: 1, deviation: 0 }))
    const positive = hostile.map((term) => ({ term, feature: term, weight: 1 }))
    const importance = { metric: 'logLoss', repeats: 5, baseline: 2, features } as const
    const terms = hostile.map((name) => ({ name, positive, negative: [] }))
    const points = hostile.map((value) => ({ value, outputs: [0.1, 0.2, 0.3, 0.4, 0.5] }))
    const curves = [{ feature: hostile.join(' '), names: hostile, points }]
    const own = explained(1, { importance: { ...importance, features }, terms, curves })
    const data = { ...own, feature: hostile.join(' ') }
    expect(plotsOf(data)).toEqual(['importance', 'terms', 'feature'])
    for (const name of plotsOf(data)) {
      const svg = await svgOf(name, data)
      expect(svg).not.toMatch(/<script|x{40}/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(svg).not.toMatch(/[\u0000-\u0008\u202e]/)
      expect(sizeOf(await drawPlot(name, data, { theme: 'dark', format: 'png' }))[0]).toBe(640)
    }
  })
})

describe('plots of residuals', () => {
  it('show each row of the sample against the line of no error, and a bar for each bin', async () => {
    const data = regressed()
    const svg = await svgOf('residuals', data)
    const filled = data.evaluation?.residuals?.histogram.counts.length ?? 0
    expect(marks(svg, 'rect mark')).toHaveLength(filled)
    expect(svg.match(/<path transform="translate\([^)]*\)" d="M[^"]*" fill="#0072b2"/g)).toHaveLength(300)
    expect(texts(svg)).toEqual(expect.arrayContaining(['True price', 'Predicted price', 'Rows']))
  })
})

describe('numbers', () => {
  it.each([
    [0.28349, '0.283'],
    [0.99996, '0.99996'],
    [1, '1'],
    [-2.5, '−2.5'],
    [12_345.6, '12,346'],
    [25_000, '25,000'],
    [1.5e9, '1.50e+9'],
    [0.0000123, '1.23e−5'],
  ])('are short and true: %d', (value, text) => expect(short(value)).toBe(text))

  it.each([
    [72_699, '72,700'],
    [724.216, '724'],
    [1.00373, '1'],
    [-0.28349, '−0.283'],
    [0, '0'],
  ])('are shorter where they stand beside a bar: %d', (value, text) => expect(rough(value)).toBe(text))
})

describe('colours', () => {
  /** Relative luminance of WCAG 2. */
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(color.slice(at, at + 2), 16) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const contrast = (a: string, b: string) => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  it.each(PLOT_THEMES)('of the %s theme stand out: letters 4.5 to 1, lines 3 to 1', (theme) => {
    const { background, text, muted, training, validation, accent, classes } = COLORS[theme]
    for (const color of [text, muted]) expect(contrast(color, background)).toBeGreaterThan(4.5)
    for (const color of [training, validation, accent, ...classes])
      expect(contrast(color, background)).toBeGreaterThan(3)
  })
})
