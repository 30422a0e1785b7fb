import type { ProtocolVersion } from '../../lib/agent/options.ts'
import { A2AError } from '../../lib/protocol/errors.ts'
import type { Method, Methods } from '../methods/method.ts'
import { v03Methods } from './methods-v0_3.ts'
import { v1Methods } from '../methods/v1.ts'

const methodsOf: Readonly<Record<ProtocolVersion, Methods>> = { '1.0': v1Methods, 0.3: v03Methods }

/** @throws A2AError MethodNotFoundError, which says where the method is found, if it is one of the other version */
export function findMethod (name: string, version: ProtocolVersion, enabled: readonly ProtocolVersion[]): Method {
  const method = methodsOf[version].get(name)
  if (method !== undefined) return method
  const other = enabled.find(version => methodsOf[version].has(name))
  throw new A2AError('MethodNotFoundError', other === undefined
    ? undefined
    : `Method not found: ${name} is a method of A2A ${other}; send the header A2A-Version: ${other}`)
}
