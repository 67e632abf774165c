import { Link } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { isKeyOf } from '../../parts/keys.ts'
import { Paged } from '../../parts/paged.tsx'
import { useTexts } from '../../texts/texts.tsx'

type Event = Schemas['LogEntry']['events'][number]

/** What happened to a model, the newest first: when, and by whose key. */
export function Timeline({ model }: { model: string }) {
  const { model: texts } = useTexts()
  const { time } = useFormat()
  return (
    <section class="card stack" aria-labelledby="log">
      <h2 id="log">{texts.log}</h2>
      <Paged
        limit={15}
        load={(query, signal) =>
          answerOf(api.GET('/models/{name}/log', { params: { path: { name: model }, query }, signal }))
        }
      >
        {(items) => (
          <ol class="timeline plain-list">
            {items.map(({ generation, at, by, events }) => (
              <li key={generation}>
                <div class="quiet fine">
                  {time(at)}
                  {by !== null && ` · ${by}`}
                </div>
                {events.map((event) => (
                  <EventLine event={event} />
                ))}
              </li>
            ))}
          </ol>
        )}
      </Paged>
    </section>
  )
}

function EventLine({ event }: { event: Event }) {
  const { model: texts, start, train } = useTexts()
  const name = texts.events[event.type]
  const detail =
    event.type === 'described'
      ? event.version === null
        ? texts.theModel
        : start.version(event.version)
      : detailOf(event)
  return (
    <div>
      <strong>{name}</strong>
      {'version' in event && event.type !== 'described' && ` ${event.version}`}
      {'alias' in event && ` ${event.alias}`}
      {detail && (
        <span class="quiet"> · {isKeyOf(train.promotes, detail) ? train.promotes[detail] : detail}</span>
      )}
      {event.type === 'published' && (
        <>
          {' '}
          <Link href={`/jobs/${event.job}`}>{texts.job}</Link>
        </>
      )}
    </div>
  )
}

/** Returns why, or what else there is to say. */
function detailOf(event: Event): string | null {
  if ('reason' in event) return event.reason
  if (event.type === 'scheduleSet') return `${event.cron} ${event.timeZone}`
  if (event.type === 'versionsRetired') return event.versions.join(', ')
  return null
}
