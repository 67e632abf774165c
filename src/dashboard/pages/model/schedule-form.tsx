import { useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { ConfirmButton } from '../../parts/confirm-button.tsx'
import { useFormat } from '../../parts/format.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useTexts } from '../../texts/texts.tsx'

interface Props {
  model: Schemas['Model']
  onChange: () => void
}

/** When a model is trained again by itself. */
export function ScheduleForm({ model: { name, schedule }, onChange }: Props) {
  const { model: texts } = useTexts()
  const { time } = useFormat()
  const [cron, setCron] = useState(schedule?.cron ?? '0 3 * * *')
  const [zone, setZone] = useState(schedule?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
  const path = { params: { path: { name } } }
  const set = useAction(async () => {
    await answerOf(
      api.PUT('/models/{name}/schedule', { ...path, body: { cron, timeZone: zone, promote: 'ifBetter' } }),
    )
    onChange()
  })
  return (
    <details>
      <summary>{texts.schedule}</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void set.run()
        }}
      >
        {schedule?.nextRun && <p>{texts.nextRun(time(schedule.nextRun))}</p>}
        <div class="grid">
          <label class="field">
            {texts.cron}
            <input
              class="code"
              required
              value={cron}
              onInput={(event) => setCron(event.currentTarget.value)}
            />
            <small>{texts.cronHint}</small>
          </label>
          <label class="field">
            {texts.zone}
            <input required value={zone} onInput={(event) => setZone(event.currentTarget.value)} />
          </label>
        </div>
        <ErrorNotice error={set.error} />
        <div class="row">
          <button type="submit" class="button" disabled={set.busy}>
            {texts.setSchedule}
          </button>
        </div>
      </form>
      {schedule && (
        <ConfirmButton
          name={texts.deleteSchedule}
          about={texts.deleteScheduleAbout}
          act={async () => {
            await answerOf(api.DELETE('/models/{name}/schedule', path))
            onChange()
          }}
        />
      )}
    </details>
  )
}
