import { execSync } from 'node:child_process'
import type { Socket } from 'node:net'
import { ask, askTask, rpc, send } from '../load/requests.ts'
import { openStream } from '../load/sse.ts'
import type { Row } from '../report.ts'
import type { Server } from '../server-process.ts'
import type { Scenario } from './scenario.ts'

const wanted = 5_000
const atMost = 25
const KiB = 1024

/** Subscriptions to tasks that wait, each to its own. The tasks are there before the first measurement. */
export const idleScenario: Scenario = async ({ start }) => {
  const count = Math.min(wanted, openFiles() - 500)
  const ours = await start('ours')
  const raw = await start('raw')
  const bodies = await waitingTasks(ours.port, count)
  await raw.play([await firstFrame(ours.port, bodies)])
  return [
    ...await measure('fastify-a2a', ours, bodies, '/a2a', true),
    ...await measure('raw http', raw, bodies, '/idle', false)
  ]
}

async function measure (who: string, server: Server, bodies: readonly string[], path: string, hasTarget: boolean): Promise<Row[]> {
  await closeAll(await openAll(server.port, bodies.slice(0, 500), path)) // what is made once is not counted
  const before = await server.memory()
  const sockets = await openAll(server.port, bodies, path)
  const after = await server.memory()
  await closeAll(sockets)
  const closed = await server.memory()
  const each = (after.rss - before.rss) / KiB / bodies.length
  const heap = (after.heapUsed - before.heapUsed) / KiB / bodies.length
  return [
    { what: `${bodies.length.toLocaleString('en')} idle subscriptions`, who, value: `RSS ${mib(before.rss)} before, ${mib(after.rss)} with, ${mib(closed.rss)} after` },
    { what: '', who: 'each', value: `${each.toFixed(1)} KB of RSS, ${heap.toFixed(1)} KB of heap`, ...hasTarget && { target: { text: `at most ${atMost} KB of RSS`, ok: each <= atMost } } }
  ]
}

/** @returns the subscribe requests */
async function waitingTasks (port: number, count: number): Promise<string[]> {
  return await inBatches(Array.from({ length: count }), async () => {
    const { id } = await askTask(port, send('SendMessage', 'wait'))
    return rpc('SubscribeToTask', { id })
  })
}

async function firstFrame (port: number, [body]: readonly string[]): Promise<string> {
  const { params } = JSON.parse(body ?? '') as { params: { id: string } } // made by waitingTasks
  const task = JSON.parse(await ask(port, rpc('GetTask', params))) as { result: object }
  return `id: 3\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: 1, result: { task: task.result } })}\n\n`
}

async function openAll (port: number, bodies: readonly string[], path: string): Promise<Socket[]> {
  return await inBatches(bodies, body => openStream(port, body, path))
}

async function closeAll (sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
  await new Promise(resolve => setTimeout(resolve, 200))
}

async function inBatches<T, R> (items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let i = 0; i < items.length; i += 50) results.push(...await Promise.all(items.slice(i, i + 50).map(run)))
  return results
}

/** What this process and each server may open. */
function openFiles (): number {
  const limit = execSync('ulimit -n').toString().trim()
  return limit === 'unlimited' ? Infinity : Number(limit)
}

function mib (bytes: number): string {
  return `${(bytes / KiB / KiB).toFixed(0)} MB`
}
