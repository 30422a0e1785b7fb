/** The official JavaScript server of A2A 0.3, in all three bindings. */
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { AgentCard, Message, TaskState } from 'a2a-sdk-v03'
import { DefaultRequestHandler, InMemoryTaskStore, type AgentExecutor, type ExecutionEventBus, type RequestContext } from 'a2a-sdk-v03/server'
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from 'a2a-sdk-v03/server/express'
import { A2AService, grpcService } from 'a2a-sdk-v03/server/grpc'
import express from 'express'
import type { Test } from 'tap'
import { behaviourOf, pause } from './behaviour.ts'
import { openGrpc } from './grpc-port.ts'

const running = new Map<string, ExecutionEventBus>()

const executor: AgentExecutor = {
  async execute ({ userMessage, taskId, contextId, task }: RequestContext, bus: ExecutionEventBus) {
    const { verb, count } = behaviourOf(textOf(userMessage), task !== undefined)
    const status = (state: TaskState, final: boolean, text?: string) => bus.publish({
      kind: 'status-update', taskId, contextId, final, status: { state, timestamp: new Date().toISOString(), ...text !== undefined && { message: message(text, { taskId, contextId }) } }
    })
    if (verb === 'reply') {
      bus.publish(message('Just a message', { contextId }))
      return bus.finished()
    }
    if (task === undefined) bus.publish({ kind: 'task', id: taskId, contextId, status: { state: 'submitted', timestamp: new Date().toISOString() }, history: [userMessage] })
    status('working', false)
    if (verb === 'stay') {
      running.set(taskId, bus)
      return
    }
    if (verb === 'ask') status('input-required', true, 'What else?')
    else {
      for (let i = 0; i < count; i++) {
        bus.publish({ kind: 'artifact-update', taskId, contextId, append: i > 0, lastChunk: false, artifact: { artifactId: 'a', parts: [{ kind: 'text', text: `${i} ` }] } })
        await pause()
      }
      status('completed', true)
    }
    bus.finished()
  },
  async cancelTask (taskId: string, bus: ExecutionEventBus) {
    bus.publish({ kind: 'status-update', taskId, contextId: 'c', final: true, status: { state: 'canceled', timestamp: new Date().toISOString() } })
    running.get(taskId)?.finished()
    bus.finished()
  }
}

/** @returns its URL */
export async function serveJs03 (t: Test): Promise<string> {
  const app = express()
  const server = await new Promise<ReturnType<typeof app.listen>>(resolve => { const server = app.listen(0, '127.0.0.1', () => resolve(server)) })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { server: grpc, address } = await openGrpc(t)
  const requestHandler = new DefaultRequestHandler(cardOf(url, address), new InMemoryTaskStore(), executor)
  const options = { requestHandler, userBuilder: UserBuilder.noAuthentication }
  // The path of older agents.
  app.use('/.well-known/agent.json', agentCardHandler({ agentCardProvider: requestHandler }))
  app.use('/rpc', jsonRpcHandler(options))
  app.use('/rest', restHandler(options))
  grpc.addService(A2AService, grpcService(options))
  return url
}

function cardOf (url: string, address: string): AgentCard {
  return {
    name: 'Official',
    description: 'The official server',
    version: '1.0.0',
    protocolVersion: '0.3.0',
    url: `${url}/rpc`,
    preferredTransport: 'JSONRPC',
    additionalInterfaces: [{ url: `${url}/rpc`, transport: 'JSONRPC' }, { url: `${url}/rest`, transport: 'HTTP+JSON' }, { url: address, transport: 'GRPC' }],
    capabilities: { streaming: true, pushNotifications: true },
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [{ id: 'agent', name: 'Agent', description: 'Behaves', tags: ['test'] }]
  }
}

function message (text: string, ids: { taskId?: string, contextId: string }): Message {
  return { kind: 'message', messageId: randomUUID(), role: 'agent', parts: [{ kind: 'text', text }], ...ids }
}

function textOf ({ parts: [part] }: Message): string {
  return part?.kind === 'text' ? part.text : ''
}
