/** Push configurations and the params of their methods, in both forms. 1.0 is flat where 0.3 nests. */
import type {
  DeleteTaskPushNotificationConfigParams, GetTaskPushNotificationConfigParams, ListTaskPushNotificationConfigParams,
  PushNotificationAuthenticationInfo, PushNotificationConfig, TaskPushNotificationConfig as V03TaskConfig
} from '../../../schemas/v0_3/requests.ts'
import type {
  AuthenticationInfo, DeleteTaskPushNotificationConfigRequest, GetTaskPushNotificationConfigRequest,
  ListTaskPushNotificationConfigsRequest, ListTaskPushNotificationConfigsResponse, SendMessageConfiguration,
  TaskPushNotificationConfig
} from '../../../schemas/v1/requests.ts'
import { pick } from './pick.ts'

/** A configuration as it stands inside a send. */
export type InlineConfig = NonNullable<SendMessageConfiguration['taskPushNotificationConfig']>

/** The task and the tenant have no place in it: in 0.3 they are outside, or nowhere. */
export function toV03InlineConfig (config: InlineConfig): PushNotificationConfig {
  const { authentication } = config
  return {
    ...pick(config, 'id', 'url', 'token'),
    ...authentication !== undefined && { authentication: toV03Authentication(authentication) }
  }
}

export function fromV03InlineConfig (config: PushNotificationConfig): InlineConfig {
  const authentication = config.authentication && fromV03Authentication(config.authentication)
  return { ...pick(config, 'id', 'url', 'token'), ...authentication !== undefined && { authentication } }
}

/** The result of `set` and `get`; params of `set`. */
export function toV03PushConfig (config: TaskPushNotificationConfig): V03TaskConfig {
  return { taskId: config.taskId, pushNotificationConfig: toV03InlineConfig(config) }
}

export function fromV03PushConfig ({ taskId, pushNotificationConfig }: V03TaskConfig): TaskPushNotificationConfig {
  return { ...fromV03InlineConfig(pushNotificationConfig), taskId }
}

/** 0.3 lists have no pages: the caller passes all of them. */
export function toV03PushConfigs ({ configs }: Pick<ListTaskPushNotificationConfigsResponse, 'configs'>): V03TaskConfig[] {
  return configs.map(toV03PushConfig)
}

export function fromV03PushConfigs (configs: readonly V03TaskConfig[]): ListTaskPushNotificationConfigsResponse {
  return { configs: configs.map(fromV03PushConfig), nextPageToken: '' }
}

/** Without an id, the caller takes the first of the task's configurations. */
export function fromV03GetPushConfig (
  { id, pushNotificationConfigId }: GetTaskPushNotificationConfigParams
): Omit<GetTaskPushNotificationConfigRequest, 'id'> & { id?: string } {
  return { taskId: id, ...pushNotificationConfigId !== undefined && { id: pushNotificationConfigId } }
}

export function toV03GetPushConfig ({ taskId, id }: GetTaskPushNotificationConfigRequest): GetTaskPushNotificationConfigParams {
  return { id: taskId, pushNotificationConfigId: id }
}

export function fromV03ListPushConfigs ({ id }: ListTaskPushNotificationConfigParams): ListTaskPushNotificationConfigsRequest {
  return { taskId: id }
}

export function toV03ListPushConfigs ({ taskId }: ListTaskPushNotificationConfigsRequest): ListTaskPushNotificationConfigParams {
  return { id: taskId }
}

export function fromV03DeletePushConfig (
  { id, pushNotificationConfigId }: DeleteTaskPushNotificationConfigParams
): DeleteTaskPushNotificationConfigRequest {
  return { taskId: id, id: pushNotificationConfigId }
}

export function toV03DeletePushConfig (
  { taskId, id }: DeleteTaskPushNotificationConfigRequest
): DeleteTaskPushNotificationConfigParams {
  return { id: taskId, pushNotificationConfigId: id }
}

function toV03Authentication (info: AuthenticationInfo): PushNotificationAuthenticationInfo {
  return { schemes: [info.scheme], ...pick(info, 'credentials') }
}

/**
 * 0.3 lists the schemes that the receiver takes, 1.0 names the one to use: Bearer, where it is among them.
 * Credentials without a scheme cannot be sent.
 */
function fromV03Authentication (info: PushNotificationAuthenticationInfo): AuthenticationInfo | undefined {
  const scheme = info.schemes.find(name => name.toLowerCase() === 'bearer') ?? info.schemes[0]
  return scheme === undefined ? undefined : { scheme, ...pick(info, 'credentials') }
}
