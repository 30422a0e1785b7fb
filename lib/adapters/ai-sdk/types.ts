/**
 * The parts of the AI SDK (`ai` 5, 6 and 7) that the adapter touches, declared structurally: this package needs
 * neither the SDK nor its types.
 */
import type { MessageInput, TaskContext } from '../../agent/executor.ts'

export type AiTextPart = { type: 'text', text: string }
export type AiFilePart = { type: 'file', data: string | Uint8Array | URL, mediaType: string, filename?: string }

/** A `ModelMessage` of the SDK, as far as this adapter makes them itself. */
export type AiModelMessage = { role: 'user' | 'assistant', content: (AiTextPart | AiFilePart)[] }

/** What `streamText` and an agent's `stream` give. */
export type AiStreamResult = {
  /** `ai` 7. */
  readonly stream?: AsyncIterable<{ type: string }>
  /** `ai` 5 and 6. */
  readonly fullStream?: AsyncIterable<{ type: string }>
  readonly output?: PromiseLike<unknown>
  /** Has the response messages in `ai` 5 and 6. */
  readonly response?: PromiseLike<unknown>
  /** `ai` 7. */
  readonly responseMessages?: PromiseLike<unknown>
}

/** An agent of the SDK: `ToolLoopAgent`, `Experimental_Agent`, or your own `Agent`. */
export interface AiAgent {
  stream (options: { messages: AiModelMessage[], abortSignal?: AbortSignal }): AiStreamResult | PromiseLike<AiStreamResult>
}

export type AiStreamFunction = (input: { messages: AiModelMessage[], abortSignal: AbortSignal, task: TaskContext }) =>
  AiStreamResult | PromiseLike<AiStreamResult>

export type AiToolCall = { toolCallId: string, toolName: string, input: unknown }

/** A tool call that waits for the client: for its approval, or, without an `approvalId`, for its output. */
export type AiToolRequest = AiToolCall & { approvalId?: string, providerExecuted?: boolean }

export type FromAiSdkOptions = {
  /**
   * How text is gathered into chunks: at most so many ms and so many bytes are held back. The first delta goes out
   * at once. Default: `{ ms: 50, bytes: 2048 }`; `ms: 0` sends every delta by itself.
   */
  coalesce?: { ms?: number, bytes?: number }
  /** Tells the client of tool calls by WORKING updates; a function words them, undefined leaves one out. Default: false. */
  toolUpdates?: boolean | ((call: AiToolCall) => MessageInput | undefined)
  /** Shows the model's reasoning, as an artifact of its own. Default: false. */
  reasoning?: boolean
  /**
   * Whether the agent has an `output` specification. `true`: its value alone is the answer, no text is streamed.
   * Unset: the text is streamed, and an output that is no text is added when it is complete. `false`: text only.
   */
  structured?: boolean
  /** Tools without `execute` whose call is the answer: its input becomes the structured output. Default: none. */
  answerTools?: string[]
  /** How many earlier tasks of the context the model is shown. Default: 20. */
  contextTasks?: number
  /**
   * Which http(s) URLs of file parts the model is given as files; the others it gets as text. What a model can't fetch,
   * the SDK downloads from here, so a client could make it fetch what this server reaches: name the hosts that you trust. Default: false.
   */
  fileUrls?: boolean | ((url: URL) => boolean)
  /** What the client is told when the agent fails. Default: the text of an AgentError, else a generic one. */
  errorMessage?: string | ((error: unknown) => string)
  /** Words the question for tool calls that wait for the client. */
  question?: (requests: readonly AiToolRequest[]) => string
  /** Whether a text answers that question with yes. Any other text denies, and is the reason. Default: English yes, ok and the like. */
  approves?: (text: string) => boolean
}

/** The parts of a stream that the adapter reads, as all three versions have them. */
export type AiStreamPart =
  | { type: 'text-start' | 'reasoning-start' }
  | { type: 'text-delta' | 'reasoning-delta', text: string }
  | { type: 'file', file: { base64: string, mediaType: string } }
  | { type: 'source', sourceType: string, url?: string, title?: string }
  | { type: 'tool-call', providerExecuted?: boolean } & AiToolCall
  | { type: 'tool-result' | 'tool-error' | 'tool-output-denied', toolCallId: string, preliminary?: boolean }
  | { type: 'tool-approval-request', approvalId: string, isAutomatic?: boolean, toolCall: AiToolCall & { providerExecuted?: boolean } }
  | { type: 'finish', finishReason: string, totalUsage?: { raw?: unknown } }
  | { type: 'abort', reason?: string }
  | { type: 'error', error: unknown }
