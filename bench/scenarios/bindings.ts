import { grpcCalls, type GrpcLoad } from '../load/grpc.ts'
import { send, sendParams } from '../load/requests.ts'
import { streams } from '../load/sse.ts'
import { unary } from '../load/unary.ts'
import { rateRow, ratioRow, type Row } from '../report.ts'
import { inTurns, ratio, type Subject } from '../rounds.ts'
import type { Server } from '../server-process.ts'
import type { Bench, Scenario } from './scenario.ts'

/** The official server takes ten times as long for one event of a stream of 500. */
const chunks = 100
const events = chunks + 2 // the task, the chunks, and its completion

/** The same sends and streams in each binding: HTTP+JSON beside JSON-RPC, gRPC beside the server of the official SDK. */
export const bindingsScenario: Scenario = async bench => {
  const { start } = bench
  const ours = await start('ours')
  const grpc = await start('ours', { BENCH_GRPC: '1' })
  const sdk = await start('sdk-grpc')
  return [
    ...await compare(bench, 'SendMessage', { ours, grpc, sdk }, {
      rpc: duration => unary(ours.port, send('SendMessage', 'answer'), { duration }),
      rest: duration => unary(ours.port, JSON.stringify(sendParams('answer')), { duration }, {}, '/a2a/message:send'),
      grpc: { method: 'SendMessage', params: sendParams('answer'), connections: 8, callsAtOnce: 4, messages: 1 }
    }),
    ...await compare(bench, `stream of ${chunks}`, { ours, grpc, sdk }, {
      rpc: duration => streams(ours.port, send('SendStreamingMessage', `stream ${chunks}`), { connections: 8, duration, events }),
      rest: duration => streams(ours.port, JSON.stringify(sendParams(`stream ${chunks}`)), { connections: 8, duration, events, path: '/a2a/message:stream' }),
      grpc: { method: 'SendStreamingMessage', params: sendParams(`stream ${chunks}`), connections: 8, callsAtOnce: 1, messages: events }
    })
  ]
}

type Loads = { rpc: Subject['load'], rest: Subject['load'], grpc: Omit<GrpcLoad, 'duration'> }

async function compare (extent: Bench, what: string, { ours, grpc, sdk }: Record<'ours' | 'grpc' | 'sdk', Server>, loads: Loads): Promise<Row[]> {
  const overGrpc = (server: Server): Subject => ({ server, load: duration => grpcCalls(server.port, { ...loads.grpc, duration }) })
  const results = await inTurns({
    rpc: { server: ours, load: loads.rpc },
    rest: { server: ours, load: loads.rest },
    grpc: overGrpc(grpc),
    sdk: overGrpc(sdk)
  }, extent)
  return [
    rateRow(what, 'JSON-RPC', results.rpc),
    rateRow('', 'HTTP+JSON', results.rest),
    ratioRow('', 'of JSON-RPC', ratio(results.rest, results.rpc), 1),
    rateRow('', 'gRPC', results.grpc),
    rateRow('', 'gRPC of @a2a-js/sdk', results.sdk),
    ratioRow('', 'of the SDK', ratio(results.grpc, results.sdk), 1)
  ]
}
