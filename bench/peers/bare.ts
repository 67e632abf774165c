// The cost of HTTP and JSON alone: the same request and answer as `/predict`, and nothing between. Without a logger,
// which is the fastest that Fastify can be. `bare.ts row` takes a house instead of a text.
import Fastify from 'fastify'

const number = { type: 'number' }
const title = { type: 'string' }
const gap = { type: ['number', 'null'] }
const answer = { model: title, version: { type: 'integer' } }
const probabilities = { type: 'object', properties: { neg: number, pos: number } }
const columns = {
  longitude: gap,
  latitude: gap,
  housing_median_age: gap,
  total_rooms: gap,
  total_bedrooms: gap,
  population: gap,
  households: gap,
  median_income: gap,
  ocean_proximity: { type: ['string', 'null'] },
}

const KINDS = {
  text: {
    input: { text: title },
    output: { ...answer, label: title, score: number, probabilities },
    answer: {
      model: 'reviews',
      version: 1,
      label: 'pos',
      score: 0.9412345678901234,
      probabilities: { neg: 0.0587654321098766, pos: 0.9412345678901234 },
    },
  },
  row: {
    input: {
      features: {
        type: 'object',
        required: Object.keys(columns),
        additionalProperties: false,
        properties: columns,
      },
    },
    output: { ...answer, value: number },
    answer: { model: 'houses', version: 1, value: 206_855.81690911 },
  },
}

const kind = process.argv[2] === 'row' ? KINDS.row : KINDS.text
const app = Fastify()
app.get('/health/live', async () => ({ status: 'ok' }))
app.post(
  '/predict',
  {
    schema: {
      body: {
        type: 'object',
        required: ['model', ...Object.keys(kind.input)],
        additionalProperties: false,
        properties: { model: title, version: title, ...kind.input },
      },
      response: { 200: { type: 'object', properties: kind.output } },
    },
  },
  async () => kind.answer,
)
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
