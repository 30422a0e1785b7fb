/** What the operations answer with (A2A 1.0 §3.1, §3.2): for documents alone, the engine makes them right by its types. */
import Type from 'typebox'
import { Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from './common.ts'
import { TaskPushNotificationConfig } from './requests.ts'

const task = Type.Object({ task: Task })
const message = Type.Object({ message: Message })

export const SendMessageResponse = Type.Union([task, message])

/** One event of a stream. */
export const StreamResponse = Type.Union([
  task, message, Type.Object({ statusUpdate: TaskStatusUpdateEvent }), Type.Object({ artifactUpdate: TaskArtifactUpdateEvent })
])

export const ListTasksResponse = Type.Object({
  tasks: Type.Array(Task),
  nextPageToken: Type.String(),
  pageSize: Type.Integer(),
  totalSize: Type.Integer()
})

export const ListTaskPushNotificationConfigsResponse = Type.Object({
  configs: Type.Array(TaskPushNotificationConfig),
  nextPageToken: Type.String()
})

export const Empty = Type.Object({})

/** `google.rpc.Status` in its ProtoJSON form (§11.6). */
export const Status = Type.Object({
  error: Type.Object({
    code: Type.Integer({ description: 'The HTTP status' }),
    status: Type.String({ description: 'A google.rpc.Code' }),
    message: Type.String(),
    details: Type.Array(Type.Object({ '@type': Type.String() }))
  })
})
