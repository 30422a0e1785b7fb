/** Details of errors, as google.rpc has them: messages in gRPC, JSON with `@type` elsewhere (A2A 1.0 §10.6). */
import { fromBinary, fromJson, toJson, type DescMessage, type JsonObject, type JsonValue, type Message } from '@bufbuild/protobuf'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../schemas/proto/gen/google/rpc/error_details_pb.ts'
import type { ErrorDetail } from '../protocol/errors.ts'
import { wellFormedJson } from './text.ts'

/** A message of google.rpc. */
export type Detail = { readonly desc: DescMessage, readonly value: Message }

const schemas = new Map<string, DescMessage>([BadRequestSchema, ErrorInfoSchema, RetryInfoSchema].map(schema => [schema.typeName, schema]))

export function toDetail ({ '@type': type, ...detail }: ErrorDetail): Detail {
  const desc = schemas.get(type.slice(type.lastIndexOf('/') + 1))
  if (desc === undefined) throw new Error(`${type} is no detail that gRPC knows here`)
  return { desc, value: fromJson(desc, wellFormedJson(detail) as JsonValue) } // as A2AError makes it
}

/** @param type without the host @returns what is of another type, or is broken, as base64 in `value` */
export function fromDetail (type: string, bytes: Uint8Array): ErrorDetail {
  const name = { '@type': `type.googleapis.com/${type}` }
  const desc = schemas.get(type)
  try {
    if (desc !== undefined) return { ...toJson(desc, fromBinary(desc, bytes)) as JsonObject, ...name } // these are objects
  } catch {
    // Its type is not what it says.
  }
  return { ...name, value: Buffer.from(bytes).toString('base64') }
}
