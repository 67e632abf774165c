import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { answerOf, api, type Schemas, whenKeyRefused } from '../api/client.ts'
import { setKey } from '../api/key.ts'

export type Access = Schemas['Access']
export type Role = NonNullable<Access['role']>
const ROLES: readonly Role[] = ['predict', 'train', 'admin']

/** Where the key is kept until the tab is closed, if the user asks for it. It is nowhere else but in memory. */
const KEPT = 'fitserve-key'

/** Who the user is to the service. */
export interface Session {
  access: Access
  /** Whether the service has refused the key in the middle: it was revoked, or has expired. */
  refused: boolean
  /** Tells whether the user has the rights of a role. */
  may: (role: Role) => boolean
  /** Takes a key. Returns whether the service knows it. */
  signIn: (key: string, keep: boolean) => Promise<boolean>
  signOut: () => void
}

const SessionContext = createContext<Session | undefined>(undefined)

/** Returns the session of the page. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('There is no session above this part of the page.')
  return session
}

interface Props {
  children: ComponentChildren
  /** Shown until the service has answered for the first time. */
  waiting: ComponentChildren
}

/** Asks the service what the user may do, and gives the session to all that is below. */
export function SessionProvider({ children, waiting }: Props) {
  const [access, setAccess] = useState<Access>()
  const [refused, setRefused] = useState(false)
  useEffect(() => {
    let over = false
    whenKeyRefused(() => {
      forgetKey()
      setRefused(true)
      setAccess(NOBODY)
    })
    setKey(sessionStorage.getItem(KEPT))
    const ask = async () => {
      const answer = await askAccess()
      if (over) return
      if (answer) setAccess(answer)
      else setTimeout(ask, 1000)
    }
    void ask()
    return () => {
      over = true
    }
  }, [])

  const session = useMemo(() => {
    if (!access) return undefined
    const change = (next: Access) => {
      setRefused(false)
      setAccess(next)
    }
    return sessionOf(access, refused, change)
  }, [access, refused])
  if (!session) return <>{waiting}</>
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>
}

/** What a page without a key may do on a service with keys. */
const NOBODY: Access = { keys: true, name: null, role: null }

function forgetKey(): void {
  setKey(null)
  sessionStorage.removeItem(KEPT)
}

function sessionOf(access: Access, refused: boolean, setAccess: (access: Access) => void): Session {
  return {
    access,
    refused,
    may: (role) => access.role !== null && ROLES.indexOf(access.role) >= ROLES.indexOf(role),
    signIn: async (key, keep) => {
      setKey(key)
      const answer = await answerOf(api.GET('/access'))
      if (answer.role === null) {
        setKey(null)
        return false
      }
      if (keep) sessionStorage.setItem(KEPT, key)
      setAccess(answer)
      return true
    },
    signOut: () => {
      forgetKey()
      setAccess(NOBODY)
    },
  }
}

/** Returns what the caller may do; undefined while the service does not answer. */
async function askAccess(): Promise<Access | undefined> {
  try {
    return await answerOf(api.GET('/access'))
  } catch {
    return undefined
  }
}
