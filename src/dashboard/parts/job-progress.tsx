import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import { useFormat } from './format.ts'
import { Meter } from './meter.tsx'

/** How far a job is: phase, epoch and time left. */
export function JobProgress({ progress }: { progress: Schemas['Progress'] | null | undefined }) {
  const { phases, progress: texts } = useTexts()
  const { duration, number } = useFormat()
  if (!progress) return null
  const { phase, epoch, epochs, etaSeconds } = progress
  const parts = [
    phases[phase],
    epoch !== null && epochs !== null && texts.epoch(number(epoch), number(epochs)),
    etaSeconds !== null && texts.left(duration(etaSeconds)),
  ]
  const text = parts.filter((part) => part !== false).join(' · ')
  return (
    <div class="stack tight">
      <Meter share={shareOf(progress)} label={text} />
      <span class="quiet fine">{text}</span>
    </div>
  )
}

/** Returns the share of the work that is done, as far as it is known. */
function shareOf({ epoch, epochs, rows }: Schemas['Progress']): number {
  if (rows && rows.total > 0) return rows.done / rows.total
  return epoch !== null && epochs ? epoch / epochs : 0
}
