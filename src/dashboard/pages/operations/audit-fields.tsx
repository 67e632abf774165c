import type { paths } from '../../api/openapi.ts'
import { useTexts } from '../../texts/texts.tsx'

type Query = NonNullable<paths['/audit']['get']['parameters']['query']>

/** Which changes are listed; an absent member selects all. */
export type AuditFilter = Pick<Query, 'by' | 'action' | 'model' | 'since' | 'until'>

interface Props {
  filter: AuditFilter
  onChange: (filter: AuditFilter) => void
}

/** Asks whose changes of what are listed. */
export function AuditFields({ filter, onChange }: Props) {
  const { operations } = useTexts()
  const set = (name: keyof AuditFilter, value: string | undefined) => {
    const { [name]: _before, ...others } = filter
    onChange(value === undefined || value === '' ? others : { ...others, [name]: value })
  }
  const text = (name: 'by' | 'action' | 'model', label: string) => (
    <label class="field">
      {label}
      <input
        value={filter[name] ?? ''}
        onChange={({ currentTarget: { value } }) => set(name, value.trim())}
      />
    </label>
  )
  const moment = (name: 'since' | 'until', label: string) => (
    <label class="field">
      {label}
      <input
        type="datetime-local"
        onChange={({ currentTarget: { value } }) =>
          set(name, value === '' ? undefined : new Date(value).toISOString())
        }
      />
    </label>
  )
  return (
    <div class="grid fields fine">
      {text('by', operations.who)}
      {text('action', operations.what)}
      {text('model', operations.model)}
      {moment('since', operations.since)}
      {moment('until', operations.until)}
    </div>
  )
}
