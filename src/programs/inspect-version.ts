/** The program of the child process that looks at the rows behind a version's figures. */
import { serve } from '../training/inspect/inspect-version.ts'

serve()
