import type { AgentSkill } from '../../schemas/v1/card.ts'
import type { TaskState } from '../../schemas/v1/common.ts'
import type { JsonSchema } from '../agent/options.ts'
import type { Handlers } from '../client/stream/conversation.ts'

/** What a tool has to tell while it works. */
export type ToolProgress = {
  readonly state: TaskState | undefined
  readonly taskId: string | undefined
  /** What the agent says of its work now; absent where the answer has grown, and nothing else. */
  readonly message?: string
  /** The text of the answer so far, within `maxResult`. */
  readonly text: string
}

/** A file that was made. Its bytes are here, at a URL, or were left out as too large. */
export type ToolFile = {
  readonly name?: string
  readonly mediaType?: string
  readonly url?: string
  /** base64 */
  readonly bytes?: string
  /** Of the bytes. */
  readonly size?: number
}

/** What a call has come to: JSON, whatever has happened. */
export type ToolResult = {
  /** Absent where there is no task: an answer without one, an agent that is away. */
  readonly state?: TaskState
  readonly taskId?: string
  readonly contextId?: string
  readonly text: string
  /** The values of the data parts. */
  readonly data: readonly unknown[]
  readonly files: readonly ToolFile[]
  /** What the agent waits for, in INPUT_REQUIRED and AUTH_REQUIRED. */
  readonly question?: string
  /** The tool that takes the answer to the question, with the `taskId`. */
  readonly answerBy?: string
  /** Why it was not done: a code of the client, a name of the protocol, or the state of the task. */
  readonly error?: { readonly code: string, readonly message: string }
  /** Whether something was left out or cut, being too large. */
  readonly isTruncated: boolean
}

export type ExecuteOptions = Handlers & {
  /** Ends the call, and has the agent cancel the task. */
  signal?: AbortSignal | undefined
  /** Told in order; the next event waits for it. */
  onProgress?: ((progress: ToolProgress) => void | Promise<void>) | undefined
  /** Sent with the requests of this call. */
  headers?: Readonly<Record<string, string>> | undefined
}

/** A tool for models: a skill of a remote agent, or a tool of an MCP server. */
export type RemoteTool = {
  /** Unique in its list; letters of ASCII, digits and `_`, 64 at most, which every framework takes. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** For models. */
  readonly description: string
  /** Of an object. */
  readonly inputSchema: JsonSchema
  /** Where it comes from. */
  readonly source: { readonly id: string, readonly skill?: string }
  /**
   * Resolves also where nothing was done: `error` says why.
   * @throws the reason of `signal`, and what a handler of yours throws
   */
  execute (input: unknown, options?: ExecuteOptions): Promise<ToolResult>
}

export type AsToolsOptions = Handlers & {
  /** Which skills become tools. Default: all. */
  filter?: (skill: AgentSkill, source: { id: string }) => boolean
  /** The name that a tool should have; it is made valid and unique. Default: the skill's id, after the agent's name where there are several agents. */
  name?: (skill: AgentSkill, source: { id: string }) => string
  /** The conversation that all calls belong to. Default: that which the model names, else a new one for each. */
  contextId?: string
  /** How long a call may take, in ms; 0 for no limit. The task is then canceled. Default: 300,000. */
  timeout?: number
  /** Characters of text, and of data as JSON, in a result. Default: 65,536. */
  maxResult?: number
  /** Bytes of files in a result; those that don't fit are named without their bytes. Default: 4 MiB. */
  maxFiles?: number
  /** Bytes that an agent may send in one call; more cancels the task. Default: 32 MiB. */
  maxReceived?: number
  /** Characters of a description. Default: 1,024. */
  maxDescription?: number
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>
}
