import type { AgentCard, AgentSkill } from '../../schemas/v1/card.ts'
import { MisuseError } from '../agent/errors.ts'
import { callAgent, type CallLimits, type ToolMessage } from './call.ts'
import { inputOf, replyInput, type ToolInput } from './input-schema.ts'
import { nameAll } from './names.ts'
import { placesOf, type Place, type ToolSource } from './places.ts'
import { toToolError } from './result.ts'
import type { AsToolsOptions, ExecuteOptions, RemoteTool, ToolResult } from './types.ts'
import { clean } from './words.ts'

/**
 * Skills of remote agents as tools for models: one for each skill. Where a skill takes data that its card declares by a schema, the tool
 * takes just that, and another tool, `…_reply`, answers the agent's questions; else a tool takes a message, and answers as well.
 *
 * @param source an agent, agents, or a registry; of a registry, the agents that it knows now
 * @throws MisuseError A2A_ERR_OPTIONS for a limit that is none
 * @example
 * const tools = asTools(await discover('https://api.skyroute.com'))
 * const { text } = await streamText({ model, prompt, tools: toAiSdkTools(tools) })
 */
export function asTools (source: ToolSource, options: AsToolsOptions = {}): RemoteTool[] {
  const limits = limitsOf(options)
  const places = placesOf(source)
  const drafts = places.flatMap(place => draftsOf(place, places.length > 1, options))
  const names = nameAll(drafts)
  return drafts.map((draft, index) => {
    const name = names[index] ?? draft.wanted
    const reply = drafts.findIndex(({ place, skill }) => place === draft.place && skill === undefined)
    return toTool(draft, name, draft.input.isStructured ? names[reply] : name, options, limits)
  })
}

type Draft = {
  readonly place: Place
  /** Undefined for the tool that answers questions. */
  readonly skill: AgentSkill | undefined
  readonly input: ToolInput
  readonly wanted: string
  readonly identity: string
}

function draftsOf (place: Place, isOneOfMany: boolean, { filter, name }: AsToolsOptions): Draft[] {
  const { id, card } = place
  const skills = skillsOf(card).filter(skill => filter?.(skill, { id }) ?? true)
  const drafts: Draft[] = skills.map(skill => ({
    place,
    skill,
    input: inputOf(card, skill.id),
    wanted: name?.(skill, { id }) ?? (isOneOfMany || isWhole(skill) ? [card.name, ...isWhole(skill) ? [] : [skill.id]].join(' ') : skill.id),
    identity: JSON.stringify([id, skill.id])
  }))
  if (!drafts.some(({ input }) => input.isStructured)) return drafts
  return [...drafts, { place, skill: undefined, input: replyInput(), wanted: `${card.name} reply`, identity: JSON.stringify([id]) }]
}

/** An agent that declares no skill does something all the same. */
function skillsOf ({ skills, name, description }: AgentCard): readonly AgentSkill[] {
  return skills.length > 0 ? skills : [{ id: wholeAgent, name, description, tags: [] }]
}

/** The one skill of an agent of this library whose author has declared none. */
const wholeAgent = 'agent'

function isWhole ({ id }: AgentSkill): boolean {
  return id === wholeAgent
}

function toTool (draft: Draft, name: string, answerBy: string | undefined, options: AsToolsOptions, limits: CallLimits): RemoteTool {
  const { place, skill, input } = draft
  const { onInputRequired, onAuthRequired, headers } = options
  const handlers = { ...onInputRequired !== undefined && { onInputRequired }, ...onAuthRequired !== undefined && { onAuthRequired } }

  async function execute (given: unknown, call: ExecuteOptions = {}): Promise<ToolResult> {
    let message: ToolMessage
    try {
      message = toMessage(input.read(given), draft, options)
    } catch (error) {
      call.signal?.throwIfAborted()
      return toToolError('InvalidParamsError', error instanceof Error ? error.message : String(error))
    }
    const result = await callAgent(place, message, { ...handlers, ...call, headers: { ...headers, ...call.headers } }, limits)
    return result.question === undefined || answerBy === undefined ? result : { ...result, answerBy }
  }

  return {
    name,
    title: clean(skill?.name ?? `Answer ${place.card.name}`, 128),
    description: describe(place.card, skill, options.maxDescription ?? 1_024),
    inputSchema: input.schema,
    source: { id: place.id, ...skill !== undefined && { skill: skill.id } },
    execute
  }
}

function toMessage ({ content, taskId, contextId }: ReturnType<ToolInput['read']>, { skill, place }: Draft, options: AsToolsOptions): ToolMessage {
  // A task stays with its skill, and with its conversation.
  if (taskId !== undefined) return { content, taskId }
  const conversation = contextId ?? options.contextId
  const declares = skill !== undefined && place.card.skills.length > 0
  return { content, ...declares && { skill: skill.id }, ...conversation !== undefined && { contextId: conversation } }
}

/** Whose words they are is said: the card is not ours. */
function describe ({ name, description }: AgentCard, skill: AgentSkill | undefined, max: number): string {
  const who = `the remote agent ${JSON.stringify(clean(name, 100))}`
  if (skill === undefined) return clean(`Answers a question of ${who}, in the task that has asked it.`, max)
  const examples = (skill.examples ?? []).slice(0, 3).map(example => JSON.stringify(clean(example, 200)))
  const says = isWhole(skill) || skill.description === skill.name ? description : skill.description
  return clean(`Has ${who} do this, in its own words: ${clean(says, max)}${examples.length === 0 ? '' : `\nFor example: ${examples.join(', ')}`}`, max)
}

function limitsOf (options: AsToolsOptions): CallLimits {
  const { maxResult = 65_536, maxFiles = 4 * 1024 * 1024, maxReceived = 32 * 1024 * 1024, timeout = 300_000, maxDescription = 1_024 } = options
  for (const [name, value] of Object.entries({ maxResult, maxFiles, maxReceived, timeout, maxDescription })) {
    if (typeof value !== 'number' || !(value >= 0)) throw new MisuseError('A2A_ERR_OPTIONS', `asTools: ${name} must be a number, and not negative`)
  }
  return { maxResult, maxFiles, maxReceived, timeout }
}
