import { useSession } from '../../session/session.tsx'
import { NeedsRole } from '../../session/sign-in.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { Audit } from './audit.tsx'
import { Failures } from './failures.tsx'
import { Garbage } from './garbage.tsx'
import { Health } from './health.tsx'
import { Memory } from './memory.tsx'
import { Traffic } from './traffic.tsx'
import { Workers } from './workers.tsx'

/** How the service is, what it does, and what was done to it. */
export function Operations() {
  const { operations } = useTexts()
  const { may } = useSession()
  return (
    <>
      <h1>{operations.title}</h1>
      <Health />
      <Traffic />
      {may('train') && (
        <>
          <Workers />
          <Failures />
        </>
      )}
      <Memory />
      {may('admin') ? (
        <>
          <Audit />
          <Garbage />
        </>
      ) : (
        <NeedsRole needs="admin" what={operations.adminOnly} />
      )}
    </>
  )
}
