/** The official JavaScript client of A2A 1.0. */
import { randomUUID } from 'node:crypto'
import { Role, taskStateToJSON, type Artifact, type Message, type SendMessageRequest, type StreamResponse, type Task, type TaskState } from '@a2a-js/sdk'
import { ClientFactory, ClientFactoryOptions } from '@a2a-js/sdk/client'
import { GrpcTransportFactory } from '@a2a-js/sdk/client/grpc'
import type { OfficialClient, Sight } from './exercise.ts'

/** @param transport the binding that the client shall speak, by its name in the card */
export async function jsClient1 (url: string, transport = 'JSONRPC'): Promise<OfficialClient> {
  const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, { transports: [new GrpcTransportFactory()], preferredTransports: [transport] })
  const client = await new ClientFactory(options).createFromUrl(url)
  return {
    discover: async () => (await client.getAgentCard()).name,
    send: async (text, task) => {
      const result = await client.sendMessage(request(text, task))
      return 'messageId' in result ? seeMessage(result) : seeTask(result)
    },
    stream: text => seeAll(client.sendMessageStream(request(text))),
    subscribe: id => seeAll(client.resubscribeTask({ tenant: '', id })),
    get: async id => seeTask(await client.getTask({ tenant: '', id })),
    cancel: async id => seeTask(await client.cancelTask({ tenant: '', id, metadata: undefined })),
    list: async contextId => {
      const { tasks } = await client.listTasks({ tenant: '', contextId, status: 0, pageToken: '', statusTimestampAfter: undefined })
      return tasks.map(seeTask)
    }
  }
}

function request (text: string, { taskId = '', contextId = '' }: Sight = {}): SendMessageRequest {
  return {
    tenant: '',
    message: {
      messageId: randomUUID(),
      taskId,
      contextId,
      role: Role.ROLE_USER,
      parts: [{ content: { $case: 'text', value: text }, metadata: undefined, filename: '', mediaType: '' }],
      metadata: undefined,
      extensions: [],
      referenceTaskIds: []
    },
    configuration: undefined,
    metadata: undefined
  }
}

async function * seeAll (events: AsyncIterable<StreamResponse>): AsyncGenerator<Sight> {
  for await (const { payload } of events) {
    if (payload?.$case === 'task') yield seeTask(payload.value)
    else if (payload?.$case === 'message') yield seeMessage(payload.value)
    else if (payload?.$case === 'statusUpdate') yield { taskId: payload.value.taskId, state: stateName(payload.value.status?.state) }
    else if (payload?.$case === 'artifactUpdate') yield { taskId: payload.value.taskId, text: textOf([payload.value.artifact]) }
  }
}

function seeTask ({ id, contextId, status, artifacts }: Task): Sight {
  return { taskId: id, contextId, state: stateName(status?.state), ...artifacts.length > 0 && { text: textOf(artifacts) } }
}

function seeMessage (message: Message): Sight {
  return { text: textOf([message]) }
}

function stateName (state: TaskState | undefined): string {
  return state === undefined ? '' : taskStateToJSON(state).replace('TASK_STATE_', '').replace('_', '-').toLowerCase()
}

function textOf (items: Array<Pick<Artifact, 'parts'> | undefined>): string {
  return items.flatMap(item => item?.parts ?? []).map(({ content }) => content?.$case === 'text' ? content.value : '').join('')
}
