import type { FastifyReply } from 'fastify'
import type { NamedDataset } from '../../datasets/contract.ts'
import { withFrequent } from '../../datasets/frequent.ts'

/** Answers a data set with its place: 201 if it is new, 200 if it was there. */
export function sendDataset(
  reply: FastifyReply,
  { dataset, created }: { dataset: NamedDataset; created: boolean },
): FastifyReply {
  return reply
    .code(created ? 201 : 200)
    .header('location', `/datasets/${dataset.id}`)
    .send(withFrequent(dataset))
}
