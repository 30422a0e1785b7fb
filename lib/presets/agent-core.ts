/** Amazon Bedrock AgentCore Runtime: its contract for A2A servers. */
import type { Message } from '../../schemas/v1/common.ts'
import type { TaskContext } from '../agent/executor.ts'
import type { AgentOptions } from '../agent/options.ts'

/** What the runtime says of a request. Tokens are for calls that the executor makes: they are neither stored nor logged. */
export type AgentCoreContext = {
  /** Names the session, which has this process for itself. */
  readonly sessionId: string | undefined
  readonly requestId: string | undefined
  /** The user, where the caller has named one. */
  readonly userId: string | undefined
  /** The identity of the agent itself, for AgentCore Identity. */
  readonly workloadAccessToken: string | undefined
  readonly oauth2CallbackUrl: string | undefined
  /** As the caller sent it, where the runtime is set up to pass it on. */
  readonly authorization: string | undefined
  /** Headers of the caller, by what follows `X-Amzn-Bedrock-AgentCore-Runtime-Custom-`, in lower case. */
  readonly custom: Readonly<Record<string, string>>
}

const runtime = 'x-amzn-bedrock-agentcore-runtime-'
const customPrefix = `${runtime}custom-`

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** By the message that an executor is given. */
const requests = new WeakMap<Message, Headers>()

/** For executors, and for whoever starts the server. */
export const agentCore = Object.freeze({
  /** Where the runtime looks for an A2A server, as `app.listen` takes it. */
  listen: Object.freeze({ host: '0.0.0.0', port: 9000 }),

  /** What the runtime says of the request of this turn; undefined without the preset, and for a turn that another replica has taken over. */
  of ({ message }: Pick<TaskContext, 'message'>): AgentCoreContext | undefined {
    const headers = requests.get(message)
    return headers && contextOf(headers)
  }
})

/** @param message that of the turn, as its executor is given it */
export function noteRequest (message: Message, headers: Headers): void {
  requests.set(message, headers)
}

/** One JSON-RPC endpoint at the root. Whoever reaches it has been authenticated by the runtime. */
export function agentCoreDefaults ({ AGENTCORE_RUNTIME_URL: url }: Readonly<Record<string, string | undefined>>): Partial<AgentOptions> {
  return {
    allowAnonymous: true,
    bindings: ['JSONRPC'],
    paths: { rpc: '/' },
    ...url !== undefined && url !== '' && { publicUrl: url }
  }
}

function contextOf (headers: Headers): AgentCoreContext {
  const header = (name: string) => {
    const value = headers[name]
    return typeof value === 'object' ? value[0] : value
  }
  return {
    sessionId: header(`${runtime}session-id`),
    requestId: header(`${runtime}request-id`),
    userId: header(`${runtime}user-id`),
    workloadAccessToken: header('workloadaccesstoken'),
    oauth2CallbackUrl: header('oauth2callbackurl'),
    authorization: header('authorization'),
    custom: Object.fromEntries(Object.keys(headers).filter(name => name.startsWith(customPrefix)).map(name => [name.slice(customPrefix.length), header(name) ?? '']))
  }
}
