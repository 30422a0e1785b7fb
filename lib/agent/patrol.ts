import { Patrol } from '../task/patrol.ts'
import type { JobServer } from '../task/jobs.ts'
import type { TaskRef } from '../task/letters.ts'
import type { TaskStore } from '../task/store.ts'
import type { Agent, Workplace } from './agent.ts'
import type { Directory } from './directory.ts'

/** Looks after the tasks of all agents of a directory: those that replicas have left behind, and letters to those at work here. */
export function patrolFor (directory: Directory, store: TaskStore, { holder, log }: Workplace): Patrol {
  return new Patrol({
    store,
    holder,
    log,
    leaseTtl: directory.settings.leaseTtl,
    agents: () => namesOf(directory),
    takeUp: task => agentOf(directory, store, task).then(({ tasks }) => tasks.takeUp(task.scope, task.taskId)).catch(error => {
      log.warn({ err: error, taskId: task.taskId }, 'a task that was left behind could not be taken up')
      return false
    }),
    collect: ({ taskId }) => { directory.agents().some(({ tasks }) => tasks.collect(taskId)) }
  })
}

/** Works on the tasks of all agents of a directory that a queue brings. */
export function jobServerFor (directory: Directory, store: TaskStore): JobServer {
  return {
    agents: () => namesOf(directory),
    async work (task) {
      const { tasks } = await agentOf(directory, store, task)
      if (!await tasks.work(task.scope, task.taskId)) throw new Error('The task is in other hands, or there is no room for it')
    }
  }
}

/** In the store. */
function namesOf (directory: Directory): Set<string> {
  return new Set([directory.settings.id, ...directory.agents().map(({ settings }) => settings.id)])
}

async function agentOf (directory: Directory, store: TaskStore, { scope, taskId }: TaskRef): Promise<Agent> {
  if (!directory.hasTenants) return await directory.find('')
  // Who asked for the task may be who decides which agent there is.
  const { running, queued } = (await store.get(scope, taskId))?.meta ?? {}
  const principal = running?.terms?.principal ?? queued?.[0]?.terms?.principal
  return await directory.find(scope.tenant, principal)
}
