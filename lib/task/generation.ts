import { A2AError } from '../protocol/errors.ts'
import type { TaskEvent } from './log.ts'

/** Whether clients see the event: those are what the draft of A2A 1.1 counts. */
export function isChange (event: TaskEvent): boolean {
  return 'statusUpdate' in event || 'artifactUpdate' in event || 'created' in event
}

/** Says in an event which change of its task it is, in the form that ProtoJSON has for int64. */
export function numberChange (event: TaskEvent, generation: number): void {
  if ('statusUpdate' in event) event.statusUpdate.generation = String(generation)
  else if ('artifactUpdate' in event) event.artifactUpdate.generation = String(generation)
  else if ('created' in event) event.created.task.generation = String(generation)
}

export function generationMismatch (taskId: string, expected: number, current: number): A2AError {
  return new A2AError('TaskGenerationMismatchError', `Task generation mismatch: expected ${expected} but current generation is ${current}`, {
    metadata: { taskId, expectedGeneration: String(expected), currentGeneration: String(current) }
  })
}
