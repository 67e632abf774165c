import type { ChoiceFacts } from '../../api/version-facts.ts'
import { useFormat } from '../../parts/format.ts'
import { useMetricText } from '../../parts/metric.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** The ways to train that were compared, and which of them was kept. */
export function Candidates({ choice: { metric, chosen, candidates, byOthers } }: { choice: ChoiceFacts }) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  const { name, about } = useMetricText()(metric)
  return (
    <section class="card stack" aria-labelledby="candidates">
      <h3 id="candidates">{texts.candidates}</h3>
      <p class="quiet fine">
        {texts.aboutCandidates} {byOthers !== undefined && texts.choiceByOthers(number(byOthers))}
      </p>
      <Scroll label={texts.candidates}>
        <table>
          <thead>
            <tr>
              <th>{texts.differs}</th>
              <th class="number" title={about}>
                {name}
              </th>
            </tr>
          </thead>
          <tbody>
            {candidates.map(({ recipe, value }, place) => (
              <tr key={JSON.stringify(recipe)}>
                <td>
                  {Object.keys(recipe).length === 0 ? texts.theRecipe : <code>{JSON.stringify(recipe)}</code>}{' '}
                  {place === chosen && <span class="tag good">{texts.kept}</span>}
                </td>
                <td class="number">{number(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}
