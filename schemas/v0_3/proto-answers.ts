/** What a client of 0.3 accepts over HTTP+JSON: unions by which of their members is there. */
import Type from 'typebox'
import { ProtoArtifactUpdate, ProtoMessage, ProtoStatusUpdate, ProtoTask, ProtoTaskPushConfig } from './proto.ts'

const task = Type.Optional(ProtoTask)
const message = Type.Optional(ProtoMessage)

export const ProtoSendAnswer = Type.Object({ task, message }, { oneOf: [{ required: ['task'] }, { required: ['message'] }] })

export const ProtoEventAnswer = Type.Object({
  task, message, statusUpdate: Type.Optional(ProtoStatusUpdate), artifactUpdate: Type.Optional(ProtoArtifactUpdate)
}, { oneOf: [{ required: ['task'] }, { required: ['message'] }, { required: ['statusUpdate'] }, { required: ['artifactUpdate'] }] })

export const ProtoPushConfigsAnswer = Type.Object({ configs: Type.Optional(Type.Array(ProtoTaskPushConfig)), nextPageToken: Type.Optional(Type.String()) })
