import { useTexts } from '../texts/texts.tsx'
import { writtenTag } from './written-tag.ts'

/** The tags that people gave to a model or a version; nothing without any. */
export function TagList({ tags }: { tags: Readonly<Record<string, string>> }) {
  const { common } = useTexts()
  const written = Object.entries(tags).map(([key, value]) => writtenTag(key, value))
  if (written.length === 0) return null
  return (
    <ul class="plain-list tags" aria-label={common.tags}>
      {written.map((text) => (
        <li class="tag" title={text} key={text}>
          {text}
        </li>
      ))}
    </ul>
  )
}
