/** Messages of protobuf as ProtoJSON, and back. The engine and the client work on ProtoJSON, and check it by their own schemas. */
import { fromJson, toJson, type DescMessage, type JsonObject, type JsonValue, type Message } from '@bufbuild/protobuf'
import sjson from 'secure-json-parse'
import { takeBytes } from './bytes.ts'
import { wellFormedJson } from './text.ts'

/** An object in JSON is a Struct in a Value, or in an entry of a map: messages nest deeper than JSON does. */
export const messagesPerLevel = 3

/** For what agents say: requests are bounded before they are read. */
const recursionLimit = 1000

/**
 * @param json the proto need not know all of its fields. Its texts are made well-formed where they are not
 * @throws Error for what is no ProtoJSON of that message
 */
export function messageOf (desc: DescMessage, json: object): Message {
  const read = (json: object) => fromJson(desc, json as JsonValue, { ignoreUnknownFields: true, recursionLimit }) // as the schemas have it
  try {
    return read(json)
  } catch {
    return read(wellFormedJson(json))
  }
}

/** @param message is not to be used after that @throws Error for what JSON could not say, or a JSON binding would not let in either (see `parseJson`) */
export function jsonOf (desc: DescMessage, message: Message): JsonObject {
  const putBack = takeBytes(desc, message)
  const json = toJson(desc, message) as JsonObject // no message of A2A is a JSON value of another kind
  putBack?.(json)
  return sjson.scan(json, { protoAction: 'error', constructorAction: 'error' })
}
