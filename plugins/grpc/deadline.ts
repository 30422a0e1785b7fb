import { A2AError } from '../../lib/protocol/errors.ts'

/** Deadlines as gRPC sends them: up to eight digits and a unit. */
const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }

/** More than timers can wait for, 24 days, is no deadline. */
const longest = 2 ** 31 - 1

/** In ms; undefined for none. @throws A2AError when it can't be read */
export function parseTimeout (text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, digits, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? []
  if (digits === undefined) throw new A2AError('InvalidRequestError', 'grpc-timeout must be up to eight digits and a unit')
  const timeout = Math.ceil(Number(digits) * (units[unit] ?? 1))
  return timeout > longest ? undefined : timeout
}

/** Takes out a deadline that a timer would take for one of now. */
export function dropEndlessTimeouts (headers: Record<string, string | string[] | undefined>): void {
  const grpc = headers['grpc-timeout']
  if (typeof grpc === 'string' && /^\d{1,8}[HMS]$/.test(grpc) && parseTimeout(grpc) === undefined) delete headers['grpc-timeout']
  if (Number(headers['connect-timeout-ms']) > longest) delete headers['connect-timeout-ms']
}
