/** Calls of gRPC and its relatives that a client might make, and what becomes of them when a few things go wrong. */
import { fromJson, toBinary, type DescMethod, type JsonValue } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { A2AService as V03Service } from '../../schemas/proto/gen/a2a/v1/a2a_pb.ts'
import { A2AService } from '../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import { toProto03 } from '../helpers/v0_3-forms.ts'
import { credentials, damage, methods1, mutate, mutation, seldom, spoil, targets, type Damage, type Json, type Target } from './requests.ts'

export type FuzzedCall = { binding: 'GRPC', version: '1.0' | '0.3', what: string, target: Target, wire: CallWire }

export type CallWire = {
  path: string
  headers: Record<string, string>
  /** Of the message, as JSON: twice, where the second is what remains when protobuf can't say the first. */
  params: readonly [string, string]
  /** Bytes in place of the message. */
  noise: Uint8Array | undefined
  inMessage: ByteDamage | undefined
  inFrame: ByteDamage | undefined
  textDamage: Damage
  flag: number
  /** How many messages there are. */
  copies: number
}

type ByteDamage = { at: number, remove: number, insert: Uint8Array }

const names03: Readonly<Record<string, string>> = { SubscribeToTask: 'TaskSubscription', ListTaskPushNotificationConfigs: 'ListTaskPushNotificationConfig', GetExtendedAgentCard: 'GetAgentCard' }

const byteDamage = seldom(fc.record({ at: fc.nat(), remove: fc.nat(20), insert: fc.uint8Array({ maxLength: 12 }) }))

const contentTypes = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/grpc') },
  { weight: 4, arbitrary: fc.constantFrom('application/grpc+proto', 'application/grpc+json', 'application/grpc-web+proto', 'application/grpc-web+json', 'application/grpc-web-text', 'application/proto', 'application/json', 'application/connect+proto', 'application/connect+json') },
  { weight: 1, arbitrary: fc.constantFrom('application/grpc+x', 'text/plain', 'application/grpc; x', '') }
)

const headers = fc.record({
  'grpc-timeout': fc.constantFrom('1S', '100m', '0n', '99999999H', '-1S', 'x', ''),
  'grpc-encoding': fc.constantFrom('gzip', 'deflate', 'identity', 'br', 'x'),
  'connect-timeout-ms': fc.constantFrom('100', '0', '-1', 'x', '99999999999'),
  'connect-protocol-version': fc.constantFrom('1', '2'),
  'content-encoding': fc.constantFrom('gzip', 'br', 'x'),
  'a2a-version': fc.constantFrom('1.0', '0.3', '2.0', 'x'),
  'a2a-extensions': fc.constantFrom('https://a.example', ',,,'),
  'x-bin': fc.constantFrom('AAA', '%')
}, { requiredKeys: [] })

export const fuzzedCall: fc.Arbitrary<FuzzedCall> = fc.constantFrom('1.0' as const, '0.3' as const).chain(version =>
  fc.constantFrom(...Object.keys(methods1).filter(name => version === '1.0' || name !== 'ListTasks')).chain(name => fc.record({
    params: methods1[name as keyof typeof methods1] as fc.Arbitrary<Json>,
    mutations: fc.array(mutation, { maxLength: 2 }),
    noise: seldom(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array()), fc.nat(2000).map(depth => new Uint8Array(depth * 2).fill(0x0a)))),
    inMessage: byteDamage,
    inFrame: byteDamage,
    textDamage: damage,
    flag: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(255) }),
    copies: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(3) }),
    type: contentTypes,
    odd: seldom(headers),
    shown: credentials,
    target: targets
  }).map(({ params, mutations, type, odd, shown, target, ...wire }) => {
    const service = version === '1.0' ? A2AService : V03Service
    const method = version === '1.0' ? name : names03[name] ?? name
    const plain = version === '1.0' ? params : toProto03(name, params as Record<string, unknown>) as Json
    return {
      binding: 'GRPC' as const,
      version,
      what: method,
      target,
      wire: {
        path: `/${service.typeName}/${method}`,
        headers: { ...type !== '' && { 'content-type': type }, te: 'trailers', ...odd, ...target === 'secure' && shown },
        params: [JSON.stringify(mutate(plain, mutations)), JSON.stringify(plain)] as const,
        ...wire
      }
    }
  })))

/** What goes over the wire. @param id of a task that there is */
export function bodyOf ({ version, what, wire }: FuzzedCall, id: string): Buffer {
  const { headers: { 'content-type': type = '' }, flag, copies, textDamage, inMessage, inFrame, noise } = wire
  const params = wire.params.map(text => text.replaceAll('$known', id))
  const isJson = type.endsWith('json')
  const message = noise ?? (isJson ? Buffer.from(spoil(params[0] ?? '', textDamage)) : encoded(methodOf(version, what), params))
  const damaged = damage1(Buffer.from(message), inMessage)
  if (type === 'application/proto' || type === 'application/json') return damaged
  const prefix = Buffer.alloc(5)
  prefix[0] = flag
  prefix.writeUInt32BE(damaged.length, 1)
  const body = damage1(Buffer.concat(Array.from({ length: copies }, () => [prefix, damaged]).flat()), inFrame)
  return type.startsWith('application/grpc-web-text') ? Buffer.from(body.toString('base64')) : body
}

function methodOf (version: FuzzedCall['version'], name: string): DescMethod {
  const method: DescMethod | undefined = (version === '1.0' ? A2AService : V03Service).methods.find(method => method.name === name)
  if (method === undefined) throw new Error(`there is no method ${name}`)
  return method
}

function encoded ({ input }: DescMethod, params: readonly string[]): Uint8Array {
  for (const text of params) {
    try {
      return toBinary(input, fromJson(input, JSON.parse(text) as JsonValue, { ignoreUnknownFields: true }))
    } catch {
      // Protobuf can't say that.
    }
  }
  return new Uint8Array()
}

function damage1 (bytes: Buffer, damage: ByteDamage | undefined): Buffer {
  if (damage === undefined) return bytes
  const at = damage.at % (bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), damage.insert, bytes.subarray(at + damage.remove)])
}
