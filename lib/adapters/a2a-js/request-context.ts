import type { TaskContext } from '../../agent/executor.ts'
import { toProtoMessage, toProtoTask } from './translate.ts'
import type { A2aJsCallContext, A2aJsRequestContext } from './types.ts'

/** The SDK's view of a turn. */
export function createRequestContext (task: TaskContext): A2aJsRequestContext {
  const { taskId, contextId } = task
  const userMessage = toProtoMessage(task.message, { taskId, contextId })
  return {
    request: {
      tenant: task.tenant ?? '',
      message: userMessage,
      configuration: {
        acceptedOutputModes: [...task.acceptedOutputModes],
        taskPushNotificationConfig: undefined,
        returnImmediately: false
      },
      metadata: structuredClone(task.metadata)
    },
    userMessage,
    taskId,
    contextId,
    context: createCallContext(task),
    // In the SDK the stored task holds the message of this turn already.
    ...task.task && { task: toProtoTask({ ...task.task, history: [...task.history] }) },
    ...task.referencedTasks.length > 0 && { referenceTasks: task.referencedTasks.map(toProtoTask) }
  }
}

/** `state` has what the SDK has no field for: `principal`, `signal` and `headers` (empty: executors see no request). */
function createCallContext ({ principal, tenant, extensions, signal }: TaskContext): A2aJsCallContext {
  let requested: string[] | undefined = [...extensions]
  let activated: string[] | undefined
  return {
    tenant,
    user: { isAuthenticated: principal !== undefined, userName: principal?.id ?? '' },
    get requestedExtensions () { return requested },
    get activatedExtensions () { return activated },
    requestedVersion: '1.0',
    state: new Map<string, unknown>([['principal', principal], ['signal', signal], ['headers', {}]]),
    addActivatedExtension (uri) {
      if (!activated?.includes(uri)) activated = [...activated ?? [], uri]
    },
    setRequestedExtensions (uris) {
      requested = uris
    }
  }
}
