import { lowerThreadPriority } from '../../runtime/priority.ts'

// What a thread runs: it reads one model, hands it over, and ends.

// Before it loads what it needs, which takes as long as much of the reading.
lowerThreadPriority()
const { answer } = await import('./preparing-answer.ts')
answer()
