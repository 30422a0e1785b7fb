import type { Agent } from '../agent/agent.ts'
import type { Logger } from '../agent/executor.ts'
import type { Scope, Snapshot } from '../task/store.ts'
import type { TurnRecord } from '../task/turn-record.ts'
import type { TurnRequest } from '../task/turn.ts'
import type { Call } from './call.ts'
import { chooseService, findReferenced, turnRequest } from './turn-request.ts'

/**
 * A turn from its record, as it was when its message came: to be run on another replica, or again.
 * @throws A2AError when nobody serves the task any more
 */
export async function restoreTurn (agent: Agent, scope: Scope, { message, terms = {} }: TurnRecord, snapshot: Snapshot, log: Logger): Promise<TurnRequest> {
  const { principal, metadata = {}, acceptedOutputModes, extensions = [], ifGenerationMatch } = terms
  const tenant = scope.tenant === '' ? undefined : scope.tenant
  const call: Call = { scope, operation: 'SendMessage', principal, tenant, extensions, client: '', baseUrl: '', log }
  const input = { message, snapshot, metadata, acceptedOutputModes, ifGenerationMatch }
  const service = await chooseService(agent, call, input)
  const referenced = message.referenceTaskIds === undefined ? undefined : await findReferenced(agent, call, message.referenceTaskIds)
  return turnRequest(agent, call, input, service, referenced)
}
