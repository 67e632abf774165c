import { lowerThreadPriority } from '../../runtime/priority.ts'

// The program of a thread that reads one model, hands it over, and ends.

// The priority is lowered before the modules are loaded, since loading takes a good part of the time.
lowerThreadPriority()
const { answer } = await import('./preparing-answer.ts')
answer()
