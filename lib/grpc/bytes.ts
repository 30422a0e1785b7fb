/**
 * Bytes of a message, taken out before it becomes JSON and put into that as base64: where the runtime has no
 * `Uint8Array.prototype.toBase64`, that of protobuf-es is more than a hundred times slower than Node's.
 */
import { ScalarType, type DescField, type DescMessage, type JsonObject, type Message } from '@bufbuild/protobuf'

/** Puts bytes into the JSON of what they were taken from. */
export type PutBack = (json: JsonObject) => void

/** Changes the message. @returns undefined where there was nothing to take */
export function takeBytes (desc: DescMessage, message: Message): PutBack | undefined {
  const all = fieldsWithBytes(desc).flatMap(field => takeField(field, message) ?? [])
  return all.length === 0 ? undefined : json => all.forEach(putBack => putBack(json))
}

function takeField (field: DescField, message: Message): PutBack | undefined {
  const slot = slotOf(field, message)
  if (slot === undefined) return undefined
  const { jsonName } = field
  const { value } = slot
  if (value instanceof Uint8Array) {
    slot.value = new Uint8Array()
    return json => { json[jsonName] = Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') }
  }
  const { message: desc } = field
  if (desc === undefined) return undefined
  if (!Array.isArray(value)) {
    const putBack = takeBytes(desc, value as Message) // as its descriptor says
    return putBack && (json => putBack(json[jsonName] as JsonObject))
  }
  const all = value.flatMap((item: Message, index) => {
    const putBack = takeBytes(desc, item)
    return putBack === undefined ? [] : [{ index, putBack }]
  })
  return all.length === 0 ? undefined : json => all.forEach(({ index, putBack }) => putBack((json[jsonName] as JsonObject[])[index] ?? {}))
}

type Slot = { value: unknown }

/** Where the value of a field is; undefined where it is not set. */
function slotOf ({ localName, oneof }: DescField, message: Message): Slot | undefined {
  const fields = message as Message & Record<string, unknown> // as their descriptors say
  if (oneof === undefined) return fields[localName] === undefined ? undefined : { value: fields[localName] }
  const chosen = fields[oneof.localName] as Slot & { case?: string }
  return chosen.case === localName ? chosen : undefined
}

const known = new Map<DescMessage, DescField[]>()

/** Those that hold bytes, or messages in which there may be some: in A2A, bytes stand in a oneof. */
function fieldsWithBytes (desc: DescMessage): DescField[] {
  const fields = known.get(desc)
  if (fields !== undefined) return fields
  // A message that holds its own kind is not looked into again.
  known.set(desc, [])
  const found = desc.fields.filter(field => {
    if (field.fieldKind === 'scalar') return field.scalar === ScalarType.BYTES && field.oneof !== undefined
    if (field.fieldKind !== 'message' && !(field.fieldKind === 'list' && field.listKind === 'message')) return false
    return fieldsWithBytes(field.message).length > 0
  })
  known.set(desc, found)
  return found
}
