/** The official JavaScript server of A2A 1.0, which speaks 0.3, too: in all three bindings. */
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { TaskState, Role, type AgentCard, type Message, type Part } from '@a2a-js/sdk'
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore, type AgentExecutor, type ExecutionEventBus, type RequestContext } from '@a2a-js/sdk/server'
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from '@a2a-js/sdk/server/express'
import { A2AService, grpcService } from '@a2a-js/sdk/server/grpc'
import { LegacyA2AService, legacyGrpcService } from '@a2a-js/sdk/compat/v0_3/server/grpc'
import express from 'express'
import type { Test } from 'tap'
import { behaviourOf, pause } from './behaviour.ts'
import { openGrpc } from './grpc-port.ts'

const running = new Map<string, ExecutionEventBus>()

const executor: AgentExecutor = {
  async execute ({ userMessage, taskId, contextId, task }: RequestContext, bus: ExecutionEventBus) {
    const { verb, count } = behaviourOf(textOf(userMessage), task !== undefined)
    const ids = { taskId, contextId }
    const status = (state: TaskState, text?: string) => bus.publish(AgentEvent.statusUpdate({
      ...ids, metadata: undefined, status: { state, timestamp: new Date().toISOString(), message: text === undefined ? undefined : message(text, ids) }
    }))
    const chunk = (value: string, append: boolean) => bus.publish(AgentEvent.artifactUpdate({
      ...ids, append, lastChunk: false, metadata: undefined, artifact: { artifactId: 'a', name: '', description: '', parts: [part(value)], metadata: undefined, extensions: [] }
    }))
    if (verb === 'reply') {
      bus.publish(AgentEvent.message(message('Just a message', { taskId: '', contextId })))
      return bus.finished()
    }
    // That server wants a task at the beginning of each turn.
    bus.publish(AgentEvent.task(task ?? { id: taskId, contextId, status: { state: TaskState.TASK_STATE_SUBMITTED, timestamp: new Date().toISOString(), message: undefined }, artifacts: [], history: [userMessage], metadata: undefined }))
    status(TaskState.TASK_STATE_WORKING)
    if (verb === 'stay') {
      running.set(taskId, bus)
      return
    }
    if (verb === 'ask') status(TaskState.TASK_STATE_INPUT_REQUIRED, 'What else?')
    else {
      for (let i = 0; i < count; i++) {
        chunk(`${i} `, i > 0)
        await pause()
      }
      status(TaskState.TASK_STATE_COMPLETED)
    }
    bus.finished()
  },
  async cancelTask (taskId: string, bus: ExecutionEventBus) {
    bus.publish(AgentEvent.statusUpdate({ taskId, contextId: '', metadata: undefined, status: { state: TaskState.TASK_STATE_CANCELED, timestamp: new Date().toISOString(), message: undefined } }))
    running.get(taskId)?.finished()
    bus.finished()
  }
}

/** @returns its URL */
export async function serveJs1 (t: Test): Promise<string> {
  const app = express()
  const server = await new Promise<ReturnType<typeof app.listen>>(resolve => { const server = app.listen(0, '127.0.0.1', () => resolve(server)) })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { server: grpc, address } = await openGrpc(t)
  const requestHandler = new DefaultRequestHandler(cardOf(url, address), new InMemoryTaskStore(), executor)
  const options = { requestHandler, userBuilder: UserBuilder.noAuthentication, legacyCompat: { enabled: true } }
  app.use('/.well-known/agent-card.json', agentCardHandler({ agentCardProvider: requestHandler }))
  app.use('/rpc', jsonRpcHandler(options))
  app.use('/rest', restHandler(options))
  grpc.addService(A2AService, grpcService(options))
  grpc.addService(LegacyA2AService, legacyGrpcService(options))
  return url
}

function cardOf (url: string, address: string): AgentCard {
  const supportedInterfaces = ['1.0', '0.3'].flatMap(protocolVersion => [
    { url: `${url}/rpc`, protocolBinding: 'JSONRPC', tenant: '', protocolVersion },
    { url: `${url}/rest`, protocolBinding: 'HTTP+JSON', tenant: '', protocolVersion },
    { url: address, protocolBinding: 'GRPC', tenant: '', protocolVersion }
  ])
  return {
    name: 'Official',
    description: 'The official server',
    version: '1.0.0',
    supportedInterfaces,
    provider: undefined,
    capabilities: { streaming: true, pushNotifications: true, extensions: [], extendedAgentCard: false },
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [{ id: 'agent', name: 'Agent', description: 'Behaves', tags: ['test'], examples: [], inputModes: [], outputModes: [], securityRequirements: [] }],
    documentationUrl: '',
    signatures: []
  }
}

function part (value: string): Part {
  return { content: { $case: 'text', value }, metadata: undefined, filename: '', mediaType: '' }
}

function message (text: string, ids: { taskId: string, contextId: string }): Message {
  return { ...ids, messageId: randomUUID(), role: Role.ROLE_AGENT, parts: [part(text)], metadata: undefined, extensions: [], referenceTaskIds: [] }
}

function textOf ({ parts }: Message): string {
  const content = parts[0]?.content
  return content?.$case === 'text' ? content.value : ''
}
