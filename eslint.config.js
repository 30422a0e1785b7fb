import neostandard, { plugins } from 'neostandard'

/** Imports go one way: schemas <- lib <- plugins <- example-app, bench, test. */
const layer = (files, forbidden, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: forbidden, message }] }] }
})

export default [
  ...neostandard({ ts: true, ignores: ['dist/**', 'example-app/page/dist/**', 'node_modules/**', '.tap/**', '.interop/**', '.venv/**'] }),
  { files: ['**/*.{ts,tsx}'], plugins: { '@typescript-eslint': plugins['typescript-eslint'].plugin }, rules: { '@typescript-eslint/no-explicit-any': 'error', 'no-console': 'error', '@typescript-eslint/no-redeclare': 'off', 'no-redeclare': 'off', 'no-void': ['error', { allowAsStatement: true }] } },
  { files: ['**/*.tsx'], rules: { 'react/jsx-handler-names': 'off' } },
  { files: ['test/**', 'bench/**', 'scripts/**', 'example-app/**'], rules: { 'no-console': 'off' } },
  layer(['schemas/**/*.ts'], ['**/lib/**', '**/plugins/**', 'fastify', '@fastify/*'], 'schemas import nothing of ours'),
  layer(['lib/**/*.ts'], ['**/plugins/**', 'fastify', '@fastify/*', 'fastify-plugin'], 'the engine knows no Fastify'),
  layer(['plugins/**/*.ts'], ['**/example-app/**', '**/test/**', '**/bench/**'], 'plugins stand on lib and schemas alone')
]
