/**
 * The tests that wait for no database, retry or other replica, all in one process: in a process of its own, each of them would load the plugin
 * first. CI runs them on the other versions of Node: `npx node@24 --import=tsx test/fast.ts`.
 */
import { readdirSync } from 'node:fs'

const folders = ['agent', 'plugins', 'protocol', 'stores', 'task']
const waiting = ['plugins/push', 'plugins/queue', 'plugins/replicas', 'stores/postgres', 'stores/redis', 'task/replicas']

for (const folder of folders) {
  for (const name of readdirSync(new URL(folder, import.meta.url))) {
    const path = `${folder}/${name}`
    if (name.endsWith('.test.ts') && !waiting.some(start => path.startsWith(start))) await import(`./${path}`)
  }
}
