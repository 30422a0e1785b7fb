import { Patrol } from '../task/patrol.ts'
import type { TaskRef } from '../task/letters.ts'
import type { TaskStore } from '../task/store.ts'
import type { Workplace } from './agent.ts'
import type { Directory } from './directory.ts'

/** Looks after the tasks of all agents of a directory: those that replicas have left behind, and letters to those at work here. */
export function patrolFor (directory: Directory, store: TaskStore, { holder, log }: Workplace): Patrol {
  return new Patrol({
    store,
    holder,
    log,
    leaseTtl: directory.settings.leaseTtl,
    agents: () => new Set([directory.settings.id, ...directory.agents().map(({ settings }) => settings.id)]),
    takeUp: task => takeUp(directory, store, task).catch(error => {
      log.warn({ err: error, taskId: task.taskId }, 'a task that was left behind could not be taken up')
      return false
    }),
    collect: ({ taskId }) => { directory.agents().some(({ tasks }) => tasks.collect(taskId)) }
  })
}

async function takeUp (directory: Directory, store: TaskStore, { scope, taskId }: TaskRef): Promise<boolean> {
  if (!directory.hasTenants) return (await directory.find('')).tasks.takeUp(scope, taskId)
  // Who asked for the task may be who decides which agent there is.
  const { running, queued } = (await store.get(scope, taskId))?.meta ?? {}
  const principal = running?.terms?.principal ?? queued?.[0]?.terms?.principal
  return (await directory.find(scope.tenant, principal)).tasks.takeUp(scope, taskId)
}
