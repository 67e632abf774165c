interface Props {
  name: string
  value: number | undefined
  write: (value: number) => string
}

/** A number with its name, in a list of such; nothing where there is no number. */
export function Figure({ name, value, write }: Props) {
  if (value === undefined) return null
  return (
    <div>
      <dt>{name}</dt>
      <dd class="big">{write(value)}</dd>
    </div>
  )
}
