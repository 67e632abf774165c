import { Link, useLocation } from 'wouter-preact'
import { useSession } from '../session/session.tsx'
import { useTexts } from '../texts/texts.tsx'

/** The ways to the pages, those that the user may go. */
export function Navigation() {
  const { frame } = useTexts()
  const { may } = useSession()
  const [location] = useLocation()
  const ways = [
    { to: '/', name: frame.start, role: 'predict', below: ['/models'] },
    { to: '/datasets', name: frame.datasets, role: 'train', below: [] },
    { to: '/train', name: frame.train, role: 'train', below: [] },
    { to: '/jobs', name: frame.jobs, role: 'train', below: [] },
    { to: '/operations', name: frame.operations, role: 'predict', below: [] },
  ] as const
  const isHere = (to: string) => location === to || (to !== '/' && location.startsWith(`${to}/`))
  return (
    <nav aria-label={frame.navigation}>
      {ways
        .filter(({ role }) => may(role))
        .map(({ to, name, below }) => (
          <Link href={to} aria-current={isHere(to) || below.some(isHere) ? 'page' : undefined}>
            {name}
          </Link>
        ))}
    </nav>
  )
}
