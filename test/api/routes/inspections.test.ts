import { expect, it } from 'vitest'
import type { AnsweredRow } from '../../../src/evaluation/answered-rows.ts'
import { stubApp } from '../stubs.ts'

const row = (number: number, features: Record<string, unknown>, more: Partial<AnsweredRow> = {}) =>
  ({ row: number, score: 0.5, actual: 'a', predicted: 'b', features, ...more }) as AnsweredRow

async function inspecting(rows: AnsweredRow[], total = rows.length) {
  const asked: unknown[] = []
  const app = await stubApp({
    inspections: {
      rows: async (...given) => {
        asked.push(given)
        return { total, rows }
      },
    },
  })
  const ask = (query: string) => app.inject({ url: `/models/imdb/versions/2/rows?${query}` })
  return { ask, asked }
}

it('rows come in pages, from the cursor on', async () => {
  const { ask, asked } = await inspecting([row(7, { text: 'x' }), row(9, { text: 'y' })], 5)
  expect((await ask('kind=worst&limit=2')).json()).toMatchObject({
    total: 5,
    items: [{ row: 7 }, { row: 9 }],
    next: '2',
  })
  expect((await ask('kind=worst&limit=2&cursor=2')).json()).toMatchObject({ next: '4' })
  expect((await ask('kind=worst&limit=2&cursor=3')).json()).toMatchObject({ next: null })
  expect(asked).toMatchObject([
    ['imdb', '2', { kind: 'worst', offset: 0, limit: 2 }],
    ['imdb', '2', { offset: 2 }],
    ['imdb', '2', { offset: 3 }],
  ])
  const none = await inspecting([], 5)
  expect((await none.ask('kind=worst')).json()).toMatchObject({ items: [], next: null })
})

it.each(['x1', '1x', '-1', '1234567890'])('the cursor %s is none', async (cursor) => {
  const { ask, asked } = await inspecting([])
  const answer = await ask(`kind=worst&cursor=${cursor}`)
  expect([answer.statusCode, answer.json().type]).toEqual([400, 'urn:fitserve:invalid-query'])
  expect(asked).toEqual([])
})

it('only a cell and a point have a place', async () => {
  const { ask, asked } = await inspecting([])
  for (const place of ['actual=a', 'predicted=b']) {
    const answer = await ask(`kind=worst&${place}`)
    expect([answer.statusCode, answer.json().errors]).toEqual([
      400,
      [
        {
          path: '/kind',
          message: '"actual" and "predicted" name a cell or a point: ask with kind=cell or kind=near.',
        },
      ],
    ])
  }
  expect((await ask('kind=cell&actual=a&predicted=b')).statusCode).toBe(200)
  expect((await ask('kind=near&actual=1&predicted=2')).statusCode).toBe(200)
  expect(asked).toHaveLength(2)
})

it('rows are lines of JSON, or CSV with a field for each that is known', async () => {
  const rows = [
    row(7, { text: 'a "b", c', x: 1, gone: null, list: ['p', 'q'] }, { confidence: 0.25 }),
    row(9, { text: 'two\nlines', x: undefined, gone: 0, list: [] }, { confidence: 0.5 }),
    row(11, { text: 'back\rfeed', x: '', gone: false, list: 'a"' }, { confidence: 1 }),
  ]
  const { ask } = await inspecting(rows)
  const lines = await ask('kind=worst&format=ndjson')
  expect(lines.headers['content-type']).toBe('application/x-ndjson; charset=utf-8')
  expect(lines.body).toBe(rows.map((each) => `${JSON.stringify(each)}\n`).join(''))
  const csv = await ask('kind=worst&format=csv')
  expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(csv.body).toBe(
    [
      'row,score,actual,predicted,confidence,text,x,gone,list',
      '7,0.5,a,b,0.25,"a ""b"", c",1,,"[""p"",""q""]"',
      '9,0.5,a,b,0.5,"two\nlines",,0,[]',
      '11,0.5,a,b,1,"back\rfeed","",false,"a"""',
      '',
    ].join('\r\n'),
  )
  expect((await (await inspecting([])).ask('kind=worst&format=csv')).body).toBe('')
})
