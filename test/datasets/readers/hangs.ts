// A reader that a hostile file keeps busy for ever.
process.on('message', () => {
  for (;;);
})
