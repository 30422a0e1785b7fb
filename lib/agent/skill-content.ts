/** Whether what goes into a skill and what comes out of it is what the skill declares. */
import type { Message, Part } from '../../schemas/v1/common.ts'
import { A2AError, invalidParams, type FieldViolation } from '../protocol/errors.ts'
import { isAccepted, mediaTypeOf } from './media-types.ts'
import type { ResolvedCard, ResolvedSkill } from './resolved-card.ts'
import type { CompiledSchema } from './schema.ts'

/**
 * Refuses a message that the skill does not take.
 * @param skill undefined for the agent as a whole
 * @param isAnswer a later message of a task: it answers what the agent asked, not the skill's `inputSchema`
 * @throws A2AError ContentTypeNotSupportedError for a media type outside the input modes (A2A 1.0 §3.1.1),
 *   InvalidParamsError for data that the skill's `inputSchema` refuses
 */
export function checkInput (skill: ResolvedSkill | undefined, message: Message, card: ResolvedCard, isAnswer = false): void {
  const modes = inputModes(skill, card)
  const index = refusedPart(message, modes)
  if (index !== -1) throw contentTypeNotSupported(message, index, modes, skill)
  const violations = isAnswer ? [] : dataViolations(skill?.input, message.parts, 'message.parts')
  if (violations.length > 0) throw invalidParams(...violations)
}

/** Whether `checkInput` would let the message through. */
export function takes (skill: ResolvedSkill, message: Message, card: ResolvedCard): boolean {
  return refusedPart(message, inputModes(skill, card)) === -1 &&
    dataViolations(skill.input, message.parts, 'message.parts').length === 0
}

/**
 * What the skill's `outputSchema` finds wrong in the parts of an artifact; nothing without such a schema.
 * Fields are named from the artifact: `parts[0].data.offers`.
 */
export function checkOutput (skill: ResolvedSkill | undefined, parts: readonly Part[]): readonly FieldViolation[] {
  return dataViolations(skill?.output, parts, 'parts')
}

function inputModes (skill: ResolvedSkill | undefined, card: ResolvedCard): readonly string[] {
  return skill?.inputModes ?? card.defaultInputModes
}

/** The index of the first part whose media type is known and not accepted; -1 without one. */
function refusedPart ({ parts }: Message, modes: readonly string[]): number {
  return parts.findIndex(part => {
    const type = mediaTypeOf(part)
    return type !== undefined && !isAccepted(type, modes)
  })
}

function contentTypeNotSupported (message: Message, index: number, modes: readonly string[], skill: ResolvedSkill | undefined): A2AError {
  const part = message.parts[index]
  const mediaType = part === undefined ? '' : mediaTypeOf(part) ?? ''
  const field = `message.parts[${index}]`
  const accepted = modes.join(', ')
  const who = skill === undefined ? 'the agent' : `the skill ${JSON.stringify(skill.id)}`
  return new A2AError('ContentTypeNotSupportedError', `${field} is ${mediaType}; ${who} takes ${accepted}`, {
    metadata: { field, mediaType, accepted }
  })
}

const none: readonly FieldViolation[] = []

function dataViolations (schema: CompiledSchema | undefined, parts: readonly Part[], at: string): readonly FieldViolation[] {
  return schema === undefined ? none : violationsOf(schema, parts, at)
}

function violationsOf (schema: CompiledSchema, parts: readonly Part[], at: string): FieldViolation[] {
  return parts.flatMap((part, index) => part.data === undefined
    ? []
    : schema.check(part.data).map(({ field, description }) => ({ field: join(`${at}[${index}].data`, field), description })))
}

function join (parent: string, field: string): string {
  return field === '' || field.startsWith('[') ? `${parent}${field}` : `${parent}.${field}`
}
