import type { StreamResponse } from '../../../../schemas/v1/common.ts'
import type { Entry } from '../trip/trip.ts'

/** What a message of A2A is, in a few words. */
export function gist ({ method = 'message', payload }: Pick<Entry, 'method' | 'payload'>): string {
  if (typeof payload !== 'object' || payload === null) return method
  if ('error' in payload) return 'error'
  // The params of a request and a result both have a `message`.
  if (!isResult(payload)) return method
  if ('statusUpdate' in payload) return words(payload.statusUpdate.status.state)
  if ('artifactUpdate' in payload) return `artifact: ${payload.artifactUpdate.artifact.name ?? payload.artifactUpdate.artifact.artifactId}`
  return 'task' in payload ? `task: ${words(payload.task.status.state)}` : 'message'
}

/** The coordinator has read it: it has the form that the protocol asks for. */
function isResult (payload: object): payload is StreamResponse {
  return 'task' in payload || 'statusUpdate' in payload || 'artifactUpdate' in payload
}

/** `TASK_STATE_INPUT_REQUIRED`: input required */
function words (state: string): string {
  return state.replace('TASK_STATE_', '').replace('_', ' ').toLowerCase()
}
