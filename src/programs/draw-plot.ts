/** The program of the child process that draws plots: the libraries that do are loaded there and nowhere else. */
import { serve } from '../evaluation/plots/serve.ts'

serve()
