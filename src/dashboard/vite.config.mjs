import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The page is the same at any path below which a proxy shows the service.
  base: './',
  build: {
    emptyOutDir: true,
    target: 'es2022',
    // Every file is asked for by its address, which the Content-Security-Policy allows; none is written into another.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
