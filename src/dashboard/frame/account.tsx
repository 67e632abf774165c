import { useSession } from '../session/session.tsx'
import { useTexts } from '../texts/texts.tsx'

/** Says which key is used, where the service has keys. */
export function Account() {
  const { frame } = useTexts()
  const { access, signOut } = useSession()
  if (!access.keys || access.role === null) return null
  return (
    <>
      <span class="quiet" title={frame.roleIs(access.role)}>
        {access.name} · {access.role}
      </span>
      <button type="button" class="button small" onClick={signOut}>
        {frame.signOut}
      </button>
    </>
  )
}
