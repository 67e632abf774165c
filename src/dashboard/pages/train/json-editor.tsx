import { useEffect, useState } from 'preact/hooks'
import { useTexts } from '../../texts/texts.tsx'
import type { Order } from './order.ts'

/** The order as JSON, which can be changed here too. */
export function JsonEditor({ order, onChange }: { order: Order; onChange: (order: Order) => void }) {
  const { train } = useTexts()
  const [text, setText] = useState(() => JSON.stringify(order, null, 2))
  const [fault, setFault] = useState<string>()
  useEffect(() => {
    const read = orderIn(text)
    if (JSON.stringify(read) !== JSON.stringify(order)) setText(JSON.stringify(order, null, 2))
  }, [order])
  const change = (next: string) => {
    setText(next)
    const read = orderIn(next)
    setFault(read ? undefined : train.noJson)
    if (read) onChange(read)
  }
  return (
    <label class="field">
      {train.json}
      <textarea
        class="code"
        rows={24}
        spellcheck={false}
        value={text}
        aria-invalid={fault !== undefined}
        onInput={(event) => change(event.currentTarget.value)}
      />
      {fault && <small class="wrong">{fault}</small>}
    </label>
  )
}

/** Reads an order. Whether its fields are good ones is for the service to say. */
function orderIn(text: string): Order | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isOrder(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isOrder(value: unknown): value is Order {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    'model' in value &&
    'dataset' in value
  )
}
