/** The six ways to speak to an agent: three bindings in two versions. Each takes requests of 1.0, and answers in ProtoJSON of 1.0. */
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { errorKinds } from '../../lib/protocol/errors.ts'
import { GrpcClient } from './grpc.ts'
import { RestClient } from './rest.ts'
import { RpcClient } from './rpc.ts'
import { fromJson03, fromProto03, toJson03, toProto03, type Json } from './v0_3-forms.ts'

export type Tongue = {
  readonly name: string
  readonly version: '1.0' | '0.3'
  /** @returns the answer, the events of a stream, or `{ error }` with the reason of a failure */
  ask (operation: string, params: Json, headers?: Record<string, string>): Promise<unknown>
}

const names03: Readonly<Record<string, string>> = {
  SendMessage: 'message/send',
  SendStreamingMessage: 'message/stream',
  GetTask: 'tasks/get',
  CancelTask: 'tasks/cancel',
  SubscribeToTask: 'tasks/resubscribe',
  CreateTaskPushNotificationConfig: 'tasks/pushNotificationConfig/set',
  GetTaskPushNotificationConfig: 'tasks/pushNotificationConfig/get',
  ListTaskPushNotificationConfigs: 'tasks/pushNotificationConfig/list',
  DeleteTaskPushNotificationConfig: 'tasks/pushNotificationConfig/delete'
}

const namesInProto03: Readonly<Record<string, string>> = { SubscribeToTask: 'TaskSubscription', ListTaskPushNotificationConfigs: 'ListTaskPushNotificationConfig' }

const isStream = (operation: string) => operation === 'SendStreamingMessage' || operation === 'SubscribeToTask'

export function tonguesOf (t: Test, app: FastifyInstance, address: string): Tongue[] {
  const grpc = new GrpcClient(t, address)
  const grpc03 = new GrpcClient(t, address, { version: '0.3' })
  return [
    { name: 'JSON-RPC 1.0', version: '1.0', ask: (operation, params, headers) => askRpc(app, '1.0', operation, params, headers) },
    { name: 'HTTP+JSON 1.0', version: '1.0', ask: (operation, params, headers) => askRest(app, '', operation, params, params, headers) },
    { name: 'gRPC 1.0', version: '1.0', ask: (operation, params, headers) => askGrpc(grpc, operation, params, headers) },
    { name: 'JSON-RPC 0.3', version: '0.3', ask: async (operation, params, headers) => fromJson03(await askRpc(app, '0.3', names03[operation] ?? operation, toJson03(operation, params), headers)) },
    { name: 'HTTP+JSON 0.3', version: '0.3', ask: async (operation, params, headers) => fromProto03(await askRest(app, '/v1', operation, params, toProto03(operation, params), headers)) },
    { name: 'gRPC 0.3', version: '0.3', ask: async (operation, params, headers) => fromProto03(await askGrpc(grpc03, namesInProto03[operation] ?? operation, toProto03(operation, params), headers)) }
  ]
}

async function askRpc (app: FastifyInstance, version: string, method: string, params: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const { text, body } = await new RpcClient(app, { version }).ask(method, params, headers)
  const results = text.startsWith('{') ? [body] : [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data))
  const failed = results.find(({ error }) => error !== undefined)
  if (failed !== undefined) return { error: reasonOfCode(failed.error.code) }
  return text.startsWith('{') ? results[0].result : results.map(({ result }) => result)
}

async function askRest (app: FastifyInstance, base: string, operation: string, { id, taskId, ...query }: Json, body: Json, headers: Record<string, string> = {}): Promise<unknown> {
  const configs = `/tasks/${taskId}/pushNotificationConfigs`
  const [verb, path] = ({
    SendMessage: ['POST', '/message:send'],
    SendStreamingMessage: ['POST', '/message:stream'],
    GetTask: ['GET', `/tasks/${id}?${new URLSearchParams(query as Record<string, string>)}`],
    CancelTask: ['POST', `/tasks/${id}:cancel`],
    SubscribeToTask: ['POST', `/tasks/${id}:subscribe`],
    CreateTaskPushNotificationConfig: ['POST', configs],
    GetTaskPushNotificationConfig: ['GET', `${configs}/${id}`],
    ListTaskPushNotificationConfigs: ['GET', configs],
    DeleteTaskPushNotificationConfig: ['DELETE', `${configs}/${id}`]
  } as Record<string, [string, string]>)[operation] ?? ['', '']
  const isSent = operation.startsWith('Send') || operation.startsWith('Create')
  const answer = await new RestClient(app).ask<Json>(verb, `${base}${path}`, { ...isSent && { body }, headers })
  if (answer.status >= 400) return { error: (answer.body as { error: { details: Array<{ reason?: string }> } }).error.details.at(-1)?.reason }
  if (!isStream(operation)) return answer.body
  return [...answer.text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data))
}

async function askGrpc (client: GrpcClient, method: string, params: Json, headers: Record<string, string> = {}): Promise<unknown> {
  const streams = isStream(method) || method === 'TaskSubscription'
  const failed = (error: { reason?: string }) => ({ error: error.reason })
  if (!streams) {
    return await client.ask(method, params, { metadata: headers }).catch(async () => {
      const { details } = await client.error(method, params, { metadata: headers })
      return failed(details.at(-1) ?? {})
    })
  }
  return await client.events(method, params, { metadata: headers }).catch(async () => failed((await client.streamError(method, params, { metadata: headers })).details.at(-1) ?? {}))
}

function reasonOfCode (code: number): string | undefined {
  return Object.values(errorKinds).find(kind => kind.code === code)?.reason
}
