/** Chunks of text are most of what is streamed, and all that is new in each is its text: they are written faster than `JSON.stringify` writes them. */
import type { Artifact, Part, TaskArtifactUpdateEvent } from '../../schemas/v1/common.ts'

/** The text, as JSON, that an update appends if, but for ending the artifact, it does nothing else. */
export function textOfChunk ({ artifact, append, metadata, generation }: TaskArtifactUpdateEvent): string | undefined {
  const [part] = artifact.parts
  const isChunk = append === true && metadata === undefined && generation === undefined && artifact.parts.length === 1 && isBare(artifact)
  return isChunk && part !== undefined && isBareText(part) ? textToJson(part.text) : undefined
}

function isBare ({ name, description, metadata, extensions }: Artifact): boolean {
  return name === undefined && description === undefined && metadata === undefined && extensions === undefined
}

function isBareText (part: Part): part is { text: string } {
  for (const key in part) if (key !== 'text') return false
  return part.text !== undefined
}

/** Text that JSON writes as it stands: no quote, backslash, control character or surrogate. */
const plainText = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/
/** Texts for which it is quicker to look. */
const shortText = 256

function textToJson (text: string): string {
  return text.length < shortText && plainText.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** What the chunks of one artifact have in common, as JSON: of the artifact that was last written. */
let common = { taskId: '', contextId: '', artifactId: '', json: '' }

/** The StreamResponse of such an update, as JSON. @param text as JSON */
export function chunkToJson ({ taskId, contextId, artifact: { artifactId }, lastChunk }: TaskArtifactUpdateEvent, text: string): string {
  if (common.artifactId !== artifactId || common.taskId !== taskId || common.contextId !== contextId) {
    const ids = `"taskId":${JSON.stringify(taskId)},"contextId":${JSON.stringify(contextId)}`
    common = { taskId, contextId, artifactId, json: `{"artifactUpdate":{${ids},"artifact":{"artifactId":${JSON.stringify(artifactId)},"parts":[{"text":` }
  }
  return common.json + text + (lastChunk === undefined ? '}]},"append":true}}' : `}]},"append":true,"lastChunk":${lastChunk}}}`)
}
