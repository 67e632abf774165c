// A reader that a hostile file has taken over.
process.on('message', () => process.send?.({ kind: 'done', result: { rows: -1, columns: 'none' } }))
