/** The official JavaScript client of A2A 0.3. */
import { randomUUID } from 'node:crypto'
import type { Artifact, Message, MessageSendParams, Task } from 'a2a-sdk-v03'
import { ClientFactory, ClientFactoryOptions, type Client } from 'a2a-sdk-v03/client'
import { GrpcTransportFactory } from 'a2a-sdk-v03/client/grpc'
import type { OfficialClient, Sight } from './exercise.ts'

/** @param transport the binding that the client shall speak, by its name in the card */
export async function jsClient03 (url: string, transport = 'JSONRPC'): Promise<OfficialClient> {
  const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, { transports: [new GrpcTransportFactory()], preferredTransports: [transport] })
  const client = await new ClientFactory(options).createFromUrl(url)
  return {
    discover: async () => (await client.getAgentCard()).name,
    send: async (text, task) => {
      const result = await client.sendMessage(params(text, task))
      return result.kind === 'message' ? seeMessage(result) : seeTask(result)
    },
    stream: text => seeAll(client.sendMessageStream(params(text))),
    subscribe: id => seeAll(client.resubscribeTask({ id })),
    get: async id => seeTask(await client.getTask({ id })),
    cancel: async id => seeTask(await client.cancelTask({ id }))
  }
}

function params (text: string, { taskId, contextId }: Sight = {}): MessageSendParams {
  return {
    message: {
      kind: 'message',
      messageId: randomUUID(),
      role: 'user',
      parts: [{ kind: 'text', text }],
      ...taskId !== undefined && { taskId },
      ...contextId !== undefined && { contextId }
    }
  }
}

async function * seeAll (events: ReturnType<Client['sendMessageStream']>): AsyncGenerator<Sight> {
  for await (const event of events) {
    if (event.kind === 'task') yield seeTask(event)
    else if (event.kind === 'message') yield seeMessage(event)
    else if (event.kind === 'status-update') yield { taskId: event.taskId, state: event.status.state }
    else yield { taskId: event.taskId, text: textOf([event.artifact]) }
  }
}

function seeTask ({ id, contextId, status, artifacts = [] }: Task): Sight {
  return { taskId: id, contextId, state: status.state, ...artifacts.length > 0 && { text: textOf(artifacts) } }
}

function seeMessage (message: Message): Sight {
  return { text: textOf([message]) }
}

function textOf (items: Array<Pick<Artifact, 'parts'>>): string {
  return items.flatMap(({ parts }) => parts).map(part => part.kind === 'text' ? part.text : '').join('')
}
