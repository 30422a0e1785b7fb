/**
 * Messages of protobuf as ProtoJSON, and back. The engine works on ProtoJSON, and its validators know each field by its path:
 * what is valid protobuf need not be a valid request.
 */
import { fromBinary, fromJson, isMessage, toBinary, toJson, type DescMessage, type JsonObject, type JsonValue, type Message } from '@bufbuild/protobuf'
import sjson from 'secure-json-parse'
import { SendMessageRequestSchema as V03SendSchema } from '../../schemas/proto/gen/a2a/v1/a2a_pb.ts'
import { SendMessageRequestSchema } from '../../schemas/proto/gen/lf/a2a/v1/a2a_pb.ts'
import { A2AError } from '../../lib/protocol/errors.ts'

/** An object in JSON is a Struct in a Value, or in an entry of a map: messages nest deeper than JSON does. */
const messagesPerLevel = 3

/** @param jsonDepth how deep the request may nest @throws A2AError for bytes that are no such message */
export function decode (desc: DescMessage, bytes: Uint8Array, jsonDepth: number): Message {
  return attempt(() => fromBinary(desc, bytes, { readUnknownFields: false, recursionLimit: jsonDepth * messagesPerLevel }))
}

/** @throws A2AError for what JSON could not say, or a JSON binding would not let in either (see `parseJson`) */
export function paramsOf (desc: DescMessage, message: Message): JsonObject {
  const putBack = takeBytes(message)
  const params = attempt(() => toJson(desc, message)) as JsonObject // no message of A2A is a JSON value of another kind
  putBack(params)
  attempt(() => sjson.scan(params, { protoAction: 'error', constructorAction: 'error' }))
  return params
}

/** @param answer valid ProtoJSON; the proto need not know all of its fields */
export function messageOf (desc: DescMessage, answer: object): Message {
  return fromJson(desc, answer as JsonValue, { ignoreUnknownFields: true }) // what comes out of the engine is JSON
}

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

/**
 * Takes the bytes of parts out of a message, and puts them into its JSON as base64. Where the runtime has no
 * `Uint8Array.prototype.toBase64`, that of protobuf-es is more than a hundred times slower than Node's.
 */
function takeBytes (message: Message): (params: JsonObject) => void {
  const texts = new Map<number, string>()
  const take = (value: Uint8Array, index: number) => {
    texts.set(index, Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64'))
    return new Uint8Array()
  }
  if (isMessage(message, SendMessageRequestSchema)) {
    message.message?.parts.forEach(({ content }, index) => {
      if (content.case === 'raw') content.value = take(content.value, index)
    })
    return params => texts.forEach((raw, index) => { (params as V1Parts).message.parts[index] = { ...(params as V1Parts).message.parts[index], raw } })
  }
  if (isMessage(message, V03SendSchema)) {
    message.request?.content.forEach(({ part }, index) => {
      if (part.case === 'file' && part.value.file.case === 'fileWithBytes') part.value.file.value = take(part.value.file.value, index)
    })
    return params => texts.forEach((fileWithBytes, index) => {
      const part = (params as V03Parts).message.content[index]
      if (part !== undefined) part.file = { ...part.file, fileWithBytes }
    })
  }
  return () => {}
}

/** The JSON of messages from which bytes were taken. */
type V1Parts = { message: { parts: JsonObject[] } }
type V03Parts = { message: { content: Array<{ file?: JsonObject }> } }
