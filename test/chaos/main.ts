/**
 * `npm run chaos [-- --store postgres|redis --seconds 60]`: replicas behind a round robin, clients that stream, send, follow up, cancel and
 * are notified, while replicas and the store are killed and started again. Ends with the counts, and fails on any loss.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Task } from '../../schemas/v1/common.ts'
import { isTerminal } from '../../lib/task/states.ts'
import { startBalancer } from './balancer.ts'
import { Caller } from './caller.ts'
import { Fleet } from './fleet.ts'
import { openInbox } from './inbox.ts'
import { jobs, type Trial } from './jobs.ts'
import { launchStore, type StoreServer } from './stores.ts'
import { Tally } from './tally.ts'

/** How long nothing may come to its end when nothing is killed any more, in ms. */
const calm = 60_000

const { values } = parseArgs({ options: { store: { type: 'string', default: 'postgres' }, seconds: { type: 'string', default: '60' } } })
const server = await launchStore(values.store)
const tally = new Tally()
const fleet = await Fleet.start(server.url)
const [balancer, inbox] = await Promise.all([startBalancer(fleet.ports), openInbox(tally)])
const trial: Trial = { caller: new Caller(balancer.url, tally), inbox, tally }

/** Jobs under way, by name. */
const running = new Map<string, number>()

const end = Date.now() + Number(values.seconds) * 1000
const isOver = () => Date.now() >= end
try {
  const load = Promise.all(jobs.flatMap(({ name, job, atOnce }) => Array.from({ length: atOnce }, () => repeat(name, () => job(trial)))))
  await Promise.all([killReplicas(), killStore(server)])
  await Promise.race([load, standstill()])
  await checkList()
} finally {
  balancer.close()
  inbox.close()
  await fleet.stop()
  await server.end()
}

for (const failure of tally.failures.slice(0, 20)) console.error(failure)
console.log(`${values.store}, ${values.seconds} s: ${tally}`)
process.exit(tally.failures.length === 0 && tally.tasks > 0 ? 0 : 1)

/** Resolves when nothing comes to its end any more. */
async function standstill (): Promise<void> {
  for (let before = -1; before !== tally.tasks;) {
    before = tally.tasks
    await sleep(calm)
  }
  const left = [...running].map(([name, count]) => `${count} × ${name}`)
  tally.fail(`for ${calm / 1000} s nothing has come to its end; under way are ${left.join(', ')}: ${trial.caller.underWay.join(', ')}`)
}

async function repeat (name: string, work: () => Promise<void>): Promise<void> {
  while (!isOver()) {
    running.set(name, (running.get(name) ?? 0) + 1)
    try {
      await work()
    } catch (error) {
      tally.fail(`${name}: ${String(error)}`)
    }
    running.set(name, (running.get(name) ?? 0) - 1)
  }
}

async function killReplicas (): Promise<void> {
  await Promise.all(fleet.ports.map(async (_, i) => {
    while (!isOver()) {
      await sleep(1000 + Math.random() * 9000)
      const isCrash = Math.random() < 0.75
      if (isCrash) tally.kills++
      else tally.rollingRestarts++
      await fleet.restart(i, isCrash ? 'SIGKILL' : 'SIGTERM')
    }
  }))
}

/** Twice, at a third and at two thirds of the time. */
async function killStore ({ stop, start }: StoreServer): Promise<void> {
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    await sleep(Number(values.seconds) * 1000 / 3)
    await stop(signal)
    await sleep(500)
    await start()
    tally.storeRestarts++
  }
}

/** Every task that there is has come to an end. */
async function checkList (): Promise<void> {
  let pageToken = ''
  let seen = 0
  do {
    const page = await trial.caller.call<{ tasks: Task[], nextPageToken: string, totalSize: number }>('ListTasks', { pageSize: 100, pageToken })
    seen += page.tasks.length
    for (const { id, status } of page.tasks) if (!isTerminal(status.state)) tally.fail(`task ${id} is left in ${status.state} of ${status.timestamp}`)
    pageToken = page.nextPageToken
    if (pageToken === '' && seen !== page.totalSize) tally.fail(`${seen} of ${page.totalSize} tasks were listed`)
  } while (pageToken !== '')
  if (seen < tally.tasks) tally.fail(`${tally.tasks} tasks were made, and ${seen} are listed`)
}
