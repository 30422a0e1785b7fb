/** `npm run build:page`, and `npm run dev:page` with `npm start` beside it. */
import { defineConfig } from 'vite'

const coordinator = process.env.COORDINATOR_URL ?? 'http://localhost:3000'

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  // Nothing inline: the page is served with a policy that allows neither scripts nor styles nor images of that kind.
  build: { target: 'es2022', cssTarget: ['chrome123', 'firefox128', 'safari17.5'], assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/a2a': coordinator, '/agents': coordinator, '/.well-known': coordinator } }
})
