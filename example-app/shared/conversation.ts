/**
 * What the client has said in a task. Nothing is remembered elsewhere: whichever replica takes the next turn reads
 * the same.
 */
import type { TaskContext } from '../../plugins/index.ts'

/** One message of the client: its text, and the fields of its data parts. */
export type Said = { text: string, data: Record<string, unknown> }

export function said ({ history }: Pick<TaskContext, 'history'>): Said[] {
  return history.filter(({ role }) => role === 'ROLE_USER').map(({ parts }) => ({
    text: parts.flatMap(({ text }) => text ?? []).join('\n'),
    data: Object.assign({}, ...parts.map(({ data }) => data))
  }))
}

/** The field as a string, if it is one that says something. */
export function stringOf (data: Record<string, unknown>, field: string): string | undefined {
  const value = data[field]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
