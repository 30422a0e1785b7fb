/** Requests and answers in bytes. What is valid protobuf need not be a valid request: the engine's validators know each field of its ProtoJSON by its path. */
import { fromBinary, toBinary, type DescMessage, type JsonObject, type Message } from '@bufbuild/protobuf'
import { jsonOf, messageOf, messagesPerLevel } from '../../lib/grpc/codec.ts'
import { A2AError } from '../../lib/protocol/errors.ts'

/** @param jsonDepth how deep the request may nest @throws A2AError for bytes that are no such message */
export function decode (desc: DescMessage, bytes: Uint8Array, jsonDepth: number): Message {
  return attempt(() => fromBinary(desc, bytes, { readUnknownFields: false, recursionLimit: jsonDepth * messagesPerLevel }))
}

/** @throws A2AError for what JSON could not say, or a JSON binding would not let in either */
export function paramsOf (desc: DescMessage, message: Message): JsonObject {
  return attempt(() => jsonOf(desc, message))
}

/** @param answer valid ProtoJSON */
export function encode (desc: DescMessage, answer: object): Uint8Array {
  return toBinary(desc, messageOf(desc, answer))
}

function attempt<T> (read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new A2AError('InvalidRequestError', 'The request is not a valid message', { cause })
  }
}
