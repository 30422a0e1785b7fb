/** Push configurations in the shapes of the 0.3 proto, and the resource names that it calls things by. */
import type { ProtoCreatePushConfig, ProtoPushConfig, ProtoTaskPushConfig } from '../../../schemas/v0_3/proto.ts'
import type { TaskPushNotificationConfig } from '../../../schemas/v1/requests.ts'
import { invalidParams } from '../errors.ts'
import { fromV03InlineConfig, toV03InlineConfig, type InlineConfig } from './push.ts'

export function fromProtoPushConfig ({ authentication, ...rest }: ProtoPushConfig): InlineConfig {
  return fromV03InlineConfig({
    ...rest,
    // A list that is empty is not there, in ProtoJSON.
    ...authentication !== undefined && { authentication: { ...authentication, schemes: authentication.schemes ?? [] } }
  })
}

/** Clients send the whole request of the proto, or its `config` alone. @param body not checked yet */
export function asCreatePushConfig (body: unknown): unknown {
  const isConfig = typeof body === 'object' && body !== null && ('pushNotificationConfig' in body || 'push_notification_config' in body)
  return isConfig ? { config: body } : body
}

/** @param taskId of the path, or of `parent` */
export function fromProtoCreatePushConfig ({ configId, config }: ProtoCreatePushConfig, taskId: string): TaskPushNotificationConfig {
  return { ...configId !== undefined && { id: configId }, ...fromProtoPushConfig(config.pushNotificationConfig), taskId }
}

export function toProtoPushConfig (config: TaskPushNotificationConfig): ProtoTaskPushConfig {
  return { name: pushConfigName(config.taskId, config.id ?? ''), pushNotificationConfig: toV03InlineConfig(config) }
}

/** @throws A2AError when it is no `tasks/{id}` */
export function readTaskName (name: string, field = 'name'): string {
  const [, taskId] = /^tasks\/([^/]+)$/.exec(name) ?? []
  if (taskId === undefined) throw invalidParams({ field, description: 'must be tasks/{id}' })
  return taskId
}

/** @throws A2AError when it is no `tasks/{id}/pushNotificationConfigs/{id}` */
export function readPushConfigName (name: string, field = 'name'): { taskId: string, id: string } {
  const [, taskId, id] = /^tasks\/([^/]+)\/pushNotificationConfigs\/([^/]+)$/.exec(name) ?? []
  if (taskId === undefined || id === undefined) throw invalidParams({ field, description: 'must be tasks/{id}/pushNotificationConfigs/{id}' })
  return { taskId, id }
}

function pushConfigName (taskId: string, id: string): string {
  return `tasks/${taskId}/pushNotificationConfigs/${id}`
}
