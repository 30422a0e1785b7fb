/** The four push-notification operations (A2A 1.0 §3.1.7 - §3.1.10), and configurations that come with a message. */
import { randomUUID } from 'node:crypto'
import type {
  DeleteTaskPushNotificationConfigRequest, GetTaskPushNotificationConfigRequest, ListTaskPushNotificationConfigsRequest,
  ListTaskPushNotificationConfigsResponse, SendMessageConfiguration, TaskPushNotificationConfig
} from '../../schemas/v1/requests.ts'
import type { Agent } from '../agent/agent.ts'
import { A2AError, invalidParams } from '../protocol/errors.ts'
import { fromRecord, toRecord, type PushConfig } from '../push/config.ts'
import type { Push } from '../push/push.ts'
import type { PushRecord } from '../push/records.ts'
import { InvalidCursorError } from '../task/store-errors.ts'
import type { Call } from './call.ts'
import { findTask } from './tasks.ts'

/** A configuration as it stands inside a send. */
type InlineConfig = NonNullable<SendMessageConfiguration['taskPushNotificationConfig']>

const defaultPageSize = 50
const maxPageSize = 100

/** Adds a configuration to a task, also to one that has ended; one of the same id is replaced. Answers what was asked for. */
export async function createPushConfig (agent: Agent, call: Call, request: TaskPushNotificationConfig): Promise<TaskPushNotificationConfig> {
  const push = pushOf(agent)
  const { taskId } = request
  // 0.3 sets the task's configuration where it names none; 1.0 creates one (A2A 1.0 §3.1.7).
  const id = request.id ?? (isV03(call) ? taskId : randomUUID())
  await findTask(agent, call, taskId)
  const config = await accept(push, call, request, isV03(call) ? 'pushNotificationConfig.' : '')
  await requireRoom(agent, push, call, taskId, id)
  await agent.store.putPushConfig(call.scope, taskId, toRecord(push.sealer, call.scope, taskId, id, config))
  push.watch(call.scope, taskId)
  return toResponse(call, taskId, id, config, true)
}

/** @param request without an id, the first one of the task is meant (A2A 0.3 §7.6) @throws A2AError TaskNotFound, also when there is no such configuration */
export async function getPushConfig (agent: Agent, call: Call, { taskId, id }: Omit<GetTaskPushNotificationConfigRequest, 'id'> & { id?: string }): Promise<TaskPushNotificationConfig> {
  const push = pushOf(agent)
  await findTask(agent, call, taskId)
  const record = id === undefined
    ? (await agent.store.listPushConfigs(call.scope, taskId, { limit: 1 })).items[0]
    : await agent.store.getPushConfig(call.scope, taskId, id)
  if (record === undefined) {
    throw new A2AError('TaskNotFoundError', id === undefined ? 'The task has no push configuration' : 'The task has no push configuration of this id', { metadata: { taskId, ...id !== undefined && { id } } })
  }
  return open(push, call, taskId, record)
}

export async function listPushConfigs (agent: Agent, call: Call, { taskId, pageSize = 0, pageToken = '' }: ListTaskPushNotificationConfigsRequest): Promise<ListTaskPushNotificationConfigsResponse> {
  const push = pushOf(agent)
  await findTask(agent, call, taskId)
  const limit = pageSize === 0 ? defaultPageSize : pageSize
  try {
    const { items, next } = await agent.store.listPushConfigs(call.scope, taskId, { limit, ...pageToken !== '' && { cursor: readPageToken(pageToken) } })
    return { configs: items.map(record => open(push, call, taskId, record)), nextPageToken: next === undefined ? '' : Buffer.from(next).toString('base64url') }
  } catch (error) {
    throw error instanceof InvalidCursorError ? invalidParams({ field: 'pageToken', description: 'must be a nextPageToken of this list' }) : error
  }
}

/** All of them, at once: 0.3 knows no pages (A2A 0.3 §7.7). */
export async function listAllPushConfigs (agent: Agent, call: Call, { taskId }: { taskId: string }): Promise<TaskPushNotificationConfig[]> {
  const configs: TaskPushNotificationConfig[] = []
  let pageToken = ''
  do {
    const page = await listPushConfigs(agent, call, { taskId, pageSize: maxPageSize, pageToken })
    configs.push(...page.configs)
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  return configs
}

/** Also when there is no such configuration: deleting is idempotent (A2A 1.0 §3.1.10). */
export async function deletePushConfig (agent: Agent, call: Call, { taskId, id }: DeleteTaskPushNotificationConfigRequest): Promise<void> {
  pushOf(agent)
  await findTask(agent, call, taskId)
  await agent.store.deletePushConfig(call.scope, taskId, id)
}

/**
 * A configuration that comes with a message, for the task that the message goes to. Without an id it has that of the task:
 * who sends it with every message still gets one notification of each event.
 * @param isNew whether the message makes the task: it is not stored yet
 * @throws A2AError when the agent does not push, or not there
 */
export async function inlinePushConfig (agent: Agent, call: Call, taskId: string, inline: InlineConfig, isNew: boolean): Promise<PushRecord> {
  const push = pushOf(agent)
  const { id = taskId } = inline
  const config = await accept(push, call, inline, `configuration.${isV03(call) ? 'pushNotificationConfig' : 'taskPushNotificationConfig'}.`)
  if (!isNew) await requireRoom(agent, push, call, taskId, id)
  push.watch(call.scope, taskId)
  return toRecord(push.sealer, call.scope, taskId, id, config)
}

function pushOf ({ push }: Agent): Push {
  if (push === undefined) throw new A2AError('PushNotificationNotSupportedError')
  return push
}

function isV03 ({ version }: Call): boolean {
  return version === '0.3'
}

/** @param at where the configuration stands in the request */
async function accept ({ guard }: Push, { version = '1.0', baseUrl, headers }: Call, { url, token, authentication }: InlineConfig, at: string): Promise<PushConfig> {
  const violations = [
    ...token !== undefined && !isHeaderText(token) ? [{ field: `${at}token`, description: 'must be printable ASCII: it is sent in a header' }] : [],
    ...authentication !== undefined && !/^[\w!#$%&'*+.^`|~-]+$/.test(authentication.scheme) ? [{ field: `${at}authentication.scheme`, description: 'must be the name of a scheme such as Bearer' }] : [],
    ...authentication?.credentials !== undefined && !isHeaderText(authentication.credentials) ? [{ field: `${at}authentication.credentials`, description: 'must be printable ASCII: they are sent in a header' }] : []
  ]
  if (violations.length > 0) throw invalidParams(...violations)
  const refused = await guard.check(url)
  if (refused !== undefined) throw invalidParams({ field: `${at}url`, description: refused })
  const traceparent = headers?.traceparent
  return {
    url,
    ...token !== undefined && { token },
    ...authentication !== undefined && { authentication: { scheme: authentication.scheme, ...authentication.credentials !== undefined && { credentials: authentication.credentials } } },
    version,
    agentUrl: baseUrl,
    ...typeof traceparent === 'string' && { traceparent }
  }
}

function isHeaderText (text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

/** Each event goes to each of them: there is an end to what one task can make of the agent. */
async function requireRoom (agent: Agent, { settings }: Push, { scope }: Call, taskId: string, id: string): Promise<void> {
  const { items } = await agent.store.listPushConfigs(scope, taskId, { limit: settings.configs })
  if (items.length < settings.configs || items.some(item => item.id === id)) return
  throw new A2AError('ResourceExhaustedError', `A task has at most ${settings.configs} push configurations`, { metadata: { taskId } })
}

function open (push: Push, call: Call, taskId: string, record: PushRecord): TaskPushNotificationConfig {
  return toResponse(call, taskId, record.id, fromRecord(push.sealer, call.scope, taskId, record), push.settings.revealSecrets)
}

function toResponse ({ tenant }: Call, taskId: string, id: string, { url, token, authentication }: PushConfig, withSecrets: boolean): TaskPushNotificationConfig {
  const { scheme, credentials } = authentication ?? {}
  return {
    ...tenant !== undefined && { tenant },
    taskId,
    id,
    url,
    ...withSecrets && token !== undefined && { token },
    ...scheme !== undefined && { authentication: { scheme, ...withSecrets && credentials !== undefined && { credentials } } }
  }
}

function readPageToken (token: string): string {
  const cursor = Buffer.from(token, 'base64url').toString()
  if (cursor === '') throw new InvalidCursorError('this is not a cursor')
  return cursor
}

/** For an agent that does not push (A2A 1.0 §3.3.4). @param _request valid, but not to be had here */
export function pushNotSupported (_request: unknown): never {
  throw new A2AError('PushNotificationNotSupportedError')
}
