import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const api = `http://127.0.0.1:${process.env['TL_API_PORT'] ?? process.env['PORT'] ?? '4680'}`

export default defineConfig({
  root: 'web',
  plugins: [react()],
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: { '/api/': { target: api, changeOrigin: false } } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The browsers that know light-dark() and CSS nesting; older targets would have both rewritten.
    target: ['chrome125', 'firefox128', 'safari17.5'],
    // No data: addresses, which the content security policy refuses for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
