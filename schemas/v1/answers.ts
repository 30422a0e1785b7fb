/**
 * What a client accepts of other people's agents: all that the protocol requires for an answer to make sense, and no more.
 * ProtoJSON leaves out lists that are empty, so none is required here; `lib/client/answers.ts` puts them back.
 */
import Type from 'typebox'
import { Struct, taskStates } from './common.ts'

const text = Type.Optional(Type.String())
const Id = Type.String({ minLength: 1 })
const strings = Type.Optional(Type.Array(Type.String()))
const metadata = Type.Optional(Struct)

const Part = Type.Object({ text, raw: text, url: text, data: Type.Optional(Type.Unknown()), metadata, filename: text, mediaType: text }, {
  oneOf: [{ required: ['text'] }, { required: ['raw'] }, { required: ['url'] }, { required: ['data'] }]
})
const parts = Type.Optional(Type.Array(Part))

export const MessageAnswer = Type.Object({
  messageId: text,
  contextId: text,
  taskId: text,
  role: Type.Optional(Type.Enum(['ROLE_USER', 'ROLE_AGENT'])),
  parts,
  metadata,
  extensions: strings,
  referenceTaskIds: strings
})

const Artifact = Type.Object({ artifactId: Id, name: text, description: text, parts, metadata, extensions: strings })
const Status = Type.Object({ state: Type.Enum(taskStates), message: Type.Optional(MessageAnswer), timestamp: text })
const generation = Type.Optional(Type.Unknown())

export const TaskAnswer = Type.Object({
  id: Id,
  contextId: text,
  status: Status,
  artifacts: Type.Optional(Type.Array(Artifact)),
  history: Type.Optional(Type.Array(MessageAnswer)),
  metadata,
  generation
})

const StatusUpdate = Type.Object({ taskId: Id, contextId: text, status: Status, metadata, generation })
const flag = Type.Optional(Type.Boolean())
const ArtifactUpdate = Type.Object({ taskId: Id, contextId: text, artifact: Artifact, append: flag, lastChunk: flag, metadata, generation })

/** One of `task` and `message`. */
export const SendAnswer = Type.Object({
  task: Type.Optional(TaskAnswer), message: Type.Optional(MessageAnswer)
}, { oneOf: [{ required: ['task'] }, { required: ['message'] }] })

export const EventAnswer = Type.Object({
  task: Type.Optional(TaskAnswer),
  message: Type.Optional(MessageAnswer),
  statusUpdate: Type.Optional(StatusUpdate),
  artifactUpdate: Type.Optional(ArtifactUpdate)
}, { oneOf: [{ required: ['task'] }, { required: ['message'] }, { required: ['statusUpdate'] }, { required: ['artifactUpdate'] }] })

export const TaskListAnswer = Type.Object({
  tasks: Type.Optional(Type.Array(TaskAnswer)),
  nextPageToken: text,
  pageSize: Type.Optional(Type.Integer()),
  totalSize: Type.Optional(Type.Integer())
})

export const PushConfigAnswer = Type.Object({
  tenant: text,
  id: text,
  taskId: text,
  url: Type.String(),
  token: text,
  authentication: Type.Optional(Type.Object({ scheme: text, credentials: text }))
})

export const PushConfigListAnswer = Type.Object({ configs: Type.Optional(Type.Array(PushConfigAnswer)), nextPageToken: text })

const Schemes = Type.Optional(Type.Record(Type.String(), Struct))
const Structs = Type.Optional(Type.Array(Struct))

/** A card of 1.0. */
export const CardAnswer = Type.Object({
  name: Id,
  description: text,
  version: text,
  supportedInterfaces: Type.Array(Type.Object({ url: Id, protocolBinding: Id, protocolVersion: text, tenant: text }), { minItems: 1 }),
  capabilities: Type.Optional(Type.Object({ streaming: flag, pushNotifications: flag, extendedAgentCard: flag, extensions: Structs })),
  securitySchemes: Schemes,
  securityRequirements: Type.Optional(Type.Array(Type.Object({
    schemes: Type.Optional(Type.Record(Type.String(), Type.Object({ list: strings })))
  }))),
  defaultInputModes: strings,
  defaultOutputModes: strings,
  skills: Type.Optional(Type.Array(Type.Object({
    id: Id, name: text, description: text, tags: strings, examples: strings, inputModes: strings, outputModes: strings
  }))),
  signatures: Structs
})

/** A card of 0.3. */
export const V03CardAnswer = Type.Object({
  protocolVersion: text,
  name: Id,
  description: text,
  version: text,
  url: Id,
  preferredTransport: text,
  additionalInterfaces: Type.Optional(Type.Array(Type.Object({ url: Id, transport: Id }))),
  capabilities: Type.Optional(Type.Object({ streaming: flag, pushNotifications: flag, extensions: Structs })),
  securitySchemes: Schemes,
  security: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
  defaultInputModes: strings,
  defaultOutputModes: strings,
  skills: Type.Optional(Type.Array(Type.Object({
    id: Id, name: text, description: text, tags: strings, examples: strings, inputModes: strings, outputModes: strings
  }))),
  supportsAuthenticatedExtendedCard: flag,
  signatures: Structs
})
