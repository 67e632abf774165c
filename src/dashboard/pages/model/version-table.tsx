import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import type { Schemas } from '../../api/client.ts'
import type { VersionFacts } from '../../api/version-facts.ts'
import { useFormat } from '../../parts/format.ts'
import { useMetricFormat, useMetricText } from '../../parts/metric.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { TagList } from '../../parts/tag-list.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { useOrderers } from './use-orderers.ts'

/** Metrics that have a column. */
const MAX_METRICS = 4

interface Props {
  model: string
  versions: readonly VersionFacts[]
  /** What is said of the versions. */
  said: readonly Pick<Schemas['Version'], 'version' | 'tags'>[]
  chosen: readonly number[]
  onToggle: (version: number) => void
}

/** The versions with their metrics, data sets, sizes and aliases. Each can be chosen. */
export function VersionTable({ model, versions, said, chosen, onToggle }: Props) {
  const { model: texts, common } = useTexts()
  const { size, time } = useFormat()
  const write = useMetricFormat()
  const metricText = useMetricText()
  const orderers = useOrderers(
    model,
    versions.map(({ version }) => version),
  )
  const [sorting, setSorting] = useState<Sorting>()
  const known = new Set(versions.flatMap((each) => Object.keys(each.metrics)))
  const tags = new Map(said.map((each) => [each.version, each.tags]))
  const hasTags = versions.some(({ version }) => Object.keys(tags.get(version) ?? {}).length > 0)
  // The loss says least to a reader.
  const metrics = [...known]
    .toSorted((a, b) => Number(a === 'loss') - Number(b === 'loss'))
    .slice(0, MAX_METRICS)
  return (
    <Scroll label={texts.versions}>
      <table>
        <thead>
          <tr>
            <th>{texts.version}</th>
            {metrics.map((metric) => (
              <th
                class="number"
                title={metricText(metric).about}
                key={metric}
                aria-sort={sorting?.metric === metric ? sorting.order : 'none'}
              >
                <button type="button" class="sort" onClick={() => setSorting(nextSorting(sorting, metric))}>
                  {metricText(metric).name}
                  {sorting?.metric === metric && (sorting.order === 'descending' ? ' ↓' : ' ↑')}
                </button>
              </th>
            ))}
            <th>{texts.dataset}</th>
            <th class="number">{texts.size}</th>
            <th>{texts.made}</th>
            {orderers && <th>{texts.by}</th>}
            <th>{texts.aliases}</th>
            {hasTags && <th>{common.tags}</th>}
          </tr>
        </thead>
        <tbody>
          {sorted(versions, sorting).map((each) => (
            <tr key={each.version}>
              <td>
                <label class="check">
                  <input
                    type="checkbox"
                    checked={chosen.includes(each.version)}
                    onChange={() => onToggle(each.version)}
                  />
                  {each.version}
                </label>
              </td>
              {metrics.map((metric) => (
                <td class="number" key={metric}>
                  {write(metric, each.metrics[metric])}
                </td>
              ))}
              <td>
                {each.dataset && <Link href={`/datasets/${each.dataset.id}`}>{each.dataset.name}</Link>}
              </td>
              <td class="number whole">{size(each.bytes)}</td>
              <td class="whole">
                <Link href={`/jobs/${each.job}`}>{time(each.createdAt)}</Link>
              </td>
              {orderers && <td>{orderers.get(each.version) ?? '–'}</td>}
              <td>
                <span class="row">
                  {each.aliases.map((alias) => (
                    <span class="tag good" key={alias}>
                      {alias}
                    </span>
                  ))}
                </span>
              </td>
              {hasTags && (
                <td>
                  <TagList tags={tags.get(each.version) ?? {}} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** The metric by which the versions stand in the table; undefined: the newest comes first. */
interface Sorting {
  metric: string
  order: 'descending' | 'ascending'
}

/** The largest first, then the smallest first, then as before. */
function nextSorting(sorting: Sorting | undefined, metric: string): Sorting | undefined {
  if (sorting?.metric !== metric) return { metric, order: 'descending' }
  return sorting.order === 'descending' ? { metric, order: 'ascending' } : undefined
}

/** Sorts versions by a metric; those without it come last. */
function sorted(versions: readonly VersionFacts[], sorting: Sorting | undefined): readonly VersionFacts[] {
  if (!sorting) return versions
  const sign = sorting.order === 'descending' ? 1 : -1
  const placeOf = ({ metrics }: VersionFacts) => sign * (metrics[sorting.metric] ?? -sign * Infinity)
  return versions.toSorted((a, b) => placeOf(b) - placeOf(a) || b.version - a.version)
}
