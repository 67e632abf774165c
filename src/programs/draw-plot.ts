/** The program of the child process that draws plots, the only one that loads the drawing libraries. */
import { serve } from '../evaluation/plots/serve.ts'

serve()
