// What HTTP and JSON cost alone: the same request and answer as `/predict`, and nothing between.
import Fastify from 'fastify'

const probability = { type: 'number' }
const app = Fastify()

app.get('/health/live', async () => ({ status: 'ok' }))
app.post(
  '/predict',
  {
    schema: {
      body: {
        type: 'object',
        required: ['model', 'text'],
        additionalProperties: false,
        properties: { model: { type: 'string' }, version: { type: 'string' }, text: { type: 'string' } },
      },
      response: {
        200: {
          type: 'object',
          properties: {
            model: { type: 'string' },
            version: { type: 'integer' },
            label: { type: 'string' },
            score: probability,
            probabilities: { type: 'object', properties: { neg: probability, pos: probability } },
          },
        },
      },
    },
  },
  async () => ({
    model: 'reviews',
    version: 1,
    label: 'pos',
    score: 0.9412345678901234,
    probabilities: { neg: 0.0587654321098766, pos: 0.9412345678901234 },
  }),
)
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
