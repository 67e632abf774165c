import type { ComponentChildren } from 'preact'
import { useTexts } from '../texts/texts.tsx'
import { ErrorNotice } from './notice.tsx'
import type { Loaded } from './use-load.ts'

interface Props<Value> {
  of: Loaded<Value>
  children: (value: Value) => ComponentChildren
}

/** Shows what was loaded, and until then that it is coming, or why it is not. */
export function Loading<Value>({ of: { value, error }, children }: Props<Value>) {
  const { common } = useTexts()
  return (
    <>
      <ErrorNotice error={error} />
      {value !== undefined && children(value)}
      {value === undefined && !error && <p class="quiet waiting">{common.loading}</p>}
    </>
  )
}
