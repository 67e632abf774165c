// A reader that a hostile file crashes.
process.on('message', () => process.kill(process.pid, 'SIGSEGV'))
