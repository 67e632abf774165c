import { useMemo } from 'preact/hooks'
import { useLanguage } from '../texts/texts.tsx'

/** How numbers, sizes and times are written in the user's language. */
export interface Format {
  /** A number with thousands apart; three digits of what is small. */
  number: (value: number) => string
  /** A number as it is, with up to six digits, for limits that are compared with. */
  exact: (value: number) => string
  /** A share from 0 to 1 as a percentage. */
  percent: (value: number) => string
  /** The same with up to four digits, for a threshold, which may be small and stands for a decision. */
  exactPercent: (value: number) => string
  /** Bytes. */
  size: (bytes: number) => string
  /** Seconds. */
  duration: (seconds: number) => string
  /** A time of the API, in the zone of the user. */
  time: (iso: string) => string
  /** The same to the second, for what happened in quick succession. */
  timeToSecond: (iso: string) => string
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Returns the writer of the user's language. */
export function useFormat(): Format {
  const { language } = useLanguage()
  return useMemo(() => formatOf(language), [language])
}

function formatOf(language: string): Format {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
  const precise = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 })
  const exact = new Intl.NumberFormat(language, { maximumSignificantDigits: 6 })
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const exactShare = new Intl.NumberFormat(language, { style: 'percent', maximumSignificantDigits: 4 })
  const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  const seconds = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'narrow' }).format(value)
  return {
    number: (value) => (Math.abs(value) < 1000 && !Number.isInteger(value) ? precise : whole).format(value),
    exact: (value) => (Number.isInteger(value) ? whole : exact).format(value),
    percent: (value) => {
      // Nearly certain is not certain.
      if (value > 0.999 && value < 1) return `> ${share.format(0.999)}`
      if (value > 0 && value < 0.001) return `< ${share.format(0.001)}`
      return share.format(value)
    },
    exactPercent: (value) => exactShare.format(value),
    size: (bytes) => {
      const step = Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
      return `${precise.format(bytes / 1000 ** step)} ${SIZES[step]}`
    },
    duration: (seconds) => {
      if (seconds < 10) return unit(Number(seconds.toFixed(1)), 'second')
      const rounded = Math.round(seconds)
      if (rounded < 60) return unit(rounded, 'second')
      const minutes = Math.floor(rounded / 60)
      if (minutes < 60) return `${unit(minutes, 'minute')} ${unit(rounded % 60, 'second')}`
      return `${unit(Math.floor(minutes / 60), 'hour')} ${unit(minutes % 60, 'minute')}`
    },
    time: (iso) => times.format(new Date(iso)),
    timeToSecond: (iso) => seconds.format(new Date(iso)),
  }
}
