import process from 'node:process'
import { type Logger, pino } from 'pino'

/** How lines are written: `auto` is `pretty` on a terminal, and `json` elsewhere. */
export type LogFormat = 'auto' | 'json' | 'pretty'

/** Opens the log on standard output: a line of JSON each, or lines for people, whose writer is loaded only then. */
export async function openLog(level: string, format: LogFormat): Promise<Logger> {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY)
  if (!isPretty) return pino({ level })
  const { default: pretty } = await import('pino-pretty')
  const stream = pretty({
    sync: true,
    // Not left to the variables that describe the terminal, which training processes do not get.
    colorize: process.stdout.isTTY,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
  })
  return pino({ level }, stream)
}
