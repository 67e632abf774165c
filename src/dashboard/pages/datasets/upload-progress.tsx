import { useRef } from 'preact/hooks'
import { useFormat } from '../../parts/format.ts'
import { Meter } from '../../parts/meter.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** How much of a file was sent, and how fast; all of it: the service still reads. */
export function UploadProgress({ sent, total }: { sent: number; total: number }) {
  const { datasets } = useTexts()
  const { size } = useFormat()
  const began = useRef(performance.now())
  const seconds = (performance.now() - began.current) / 1000
  const text =
    sent < total
      ? datasets.sent(size(sent), size(total), size(sent / Math.max(0.1, seconds)))
      : datasets.reading
  return (
    <div class="stack tight" role="status">
      <Meter share={total > 0 ? sent / total : 1} label={datasets.upload} />
      <span class="quiet fine">{text}</span>
    </div>
  )
}
