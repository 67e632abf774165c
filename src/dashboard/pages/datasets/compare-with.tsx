import { useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { Fold } from '../../parts/fold.tsx'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { Comparison } from './comparison.tsx'

/** Data sets of the name that can be chosen. */
const MAX_OTHERS = 50

/** Lets the user look at another data set of the same name beside this one. */
export function CompareWith({ dataset }: { dataset: Schemas['Dataset'] }) {
  const { datasets } = useTexts()
  return (
    <Fold class="card" summary={datasets.compare}>
      <Choice dataset={dataset} />
    </Fold>
  )
}

function Choice({ dataset }: { dataset: Schemas['Dataset'] }) {
  const { datasets } = useTexts()
  const { number, time } = useFormat()
  const [chosen, setChosen] = useState<string>()
  const { name, id } = dataset
  const all = useLoad(
    (signal) => answerOf(api.GET('/datasets', { params: { query: { name, limit: MAX_OTHERS } }, signal })),
    [name],
  )
  return (
    <div class="stack">
      <Loading of={all}>
        {({ items }) => {
          const others = items.filter((other) => other.id !== id)
          if (others.length === 0) return <p class="quiet">{datasets.noOthers(name)}</p>
          const shown = chosen ?? others[0]?.id
          return (
            <>
              <label class="field">
                {datasets.compareWith}
                <select value={shown} onChange={(event) => setChosen(event.currentTarget.value)}>
                  {others.map((other) => (
                    <option value={other.id} key={other.id}>
                      {datasets.thatOne(time(other.createdAt), number(other.rows))}
                    </option>
                  ))}
                </select>
              </label>
              {shown !== undefined && <Other key={shown} id={shown} dataset={dataset} />}
            </>
          )
        }}
      </Loading>
    </div>
  )
}

function Other({ id, dataset }: { id: string; dataset: Schemas['Dataset'] }) {
  const other = useLoad(
    (signal) => answerOf(api.GET('/datasets/{dataset}', { params: { path: { dataset: id } }, signal })),
    [id],
  )
  return <Loading of={other}>{(value) => <Comparison one={dataset} other={value} />}</Loading>
}
