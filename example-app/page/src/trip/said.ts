/** What the coordinator says by the `data` of parts: see shared/messages.ts. */
import type { Part } from '../../../../schemas/v1/common.ts'
import type { Form, Itinerary, Progress } from '../../../shared/messages.ts'

type Said = Progress | Form | Itinerary

export function saidIn<K extends Said['kind']> (parts: readonly Part[], ...kinds: readonly K[]): Array<Extract<Said, { kind: K }>> {
  return parts.flatMap(({ data }) => isSaid(data, kinds) ? [data] : [])
}

export function textIn (parts: readonly Part[]): string {
  return parts.flatMap(({ text }) => text ?? []).join('\n')
}

/** By its kind alone: this page and the coordinator come from one place, and are of one version. */
function isSaid<K extends Said['kind']> (data: unknown, kinds: readonly K[]): data is Extract<Said, { kind: K }> {
  return typeof data === 'object' && data !== null && 'kind' in data && kinds.some(kind => kind === data.kind)
}
