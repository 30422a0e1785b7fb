import type { Struct } from '../../schemas/v1/common.ts'
import { timestamp as now } from '../task/clock.ts'
import { defineExtension, type Extension } from './extension.ts'

export const timestampUri = 'https://github.com/a2aproject/a2a-samples/samples/extensions/timestamp/v1'
const field = 'github.com/a2aproject/a2a-samples/samples/extensions/timestamp/v1/timestamp'

/** Says of each message and artifact of the agent when it was made, in its metadata: as published in a2aproject/a2a-samples. */
export function timestamp (): Extension {
  return defineExtension({
    uri: timestampUri,
    description: 'Adds to messages and artifacts when they were made',
    onEvent (event) {
      if ('message' in event) return { message: stamped(event.message) }
      if ('artifactUpdate' in event) {
        const { artifactUpdate } = event
        // It was made with its first chunk.
        return artifactUpdate.append === true ? undefined : { artifactUpdate: { ...artifactUpdate, artifact: stamped(artifactUpdate.artifact) } }
      }
      const { status } = event.statusUpdate
      return status.message === undefined ? undefined : { statusUpdate: { ...event.statusUpdate, status: { ...status, message: stamped(status.message) } } }
    }
  })
}

/** Whose time is said already keeps it. */
function stamped<T extends { metadata?: Struct, extensions?: string[] }> (item: T): T {
  if (item.metadata?.[field] !== undefined) return item
  return { ...item, metadata: { ...item.metadata, [field]: now() }, extensions: [...new Set([...item.extensions ?? [], timestampUri])] }
}
