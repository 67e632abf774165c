import { z } from 'zod'

export const Task = z.enum(['binary', 'multiclass', 'regression'])
export type Task = z.output<typeof Task>
