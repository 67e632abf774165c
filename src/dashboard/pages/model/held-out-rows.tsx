import { useState } from 'preact/hooks'
import { evaluationOf } from '../../api/version-results.ts'
import { isKeyOf } from '../../parts/keys.ts'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useSession } from '../../session/session.tsx'
import { NeedsRole } from '../../session/sign-in.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { RowsBehind } from './rows-behind.tsx'

interface Props {
  model: string
  version: number
}

/** The rows that say most about a version: its worst answers, those it is unsure of, and labels that may be wrong. */
export function HeldOutRows({ model, version }: Props) {
  const { model: texts } = useTexts()
  const { may } = useSession()
  const evaluation = useLoad((signal) => evaluationOf(model, version, signal), [model, version])
  const [kind, setKind] = useState<keyof typeof texts.kinds>('worst')
  if (!may('train')) return <NeedsRole needs="train" what={texts.heldOut} />
  return (
    <Loading of={evaluation}>
      {({ confusionMatrix, classes }) => (
        <div class="card stack">
          <label class="field">
            {texts.whichRows}
            <select
              value={kind}
              onChange={({ currentTarget: { value } }) => isKeyOf(texts.kinds, value) && setKind(value)}
            >
              <option value="worst">{texts.kinds.worst}</option>
              {classes && <option value="uncertain">{texts.kinds.uncertain}</option>}
              {confusionMatrix && <option value="mislabelled">{texts.kinds.mislabelled}</option>}
            </select>
            <small>{texts.aboutKinds[kind]}</small>
          </label>
          <RowsBehind model={model} version={version} question={{ kind }} title={texts.kinds[kind]} />
        </div>
      )}
    </Loading>
  )
}
