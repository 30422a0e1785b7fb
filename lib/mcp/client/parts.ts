import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/sdk/types.js'
import type { Part } from '../../../schemas/v1/common.ts'

/** What a tool has answered, as parts of an artifact. */
export function toParts ({ content, structuredContent }: CallToolResult): Part[] {
  const parts = content.flatMap(block => toPart(block, structuredContent))
  return structuredContent === undefined ? parts : [...parts, { data: structuredContent }]
}

function toPart (block: ContentBlock, data: unknown): Part[] {
  switch (block.type) {
    case 'text': {
      const text = data === undefined ? block.text : withoutJson(block.text, data)
      return text === '' ? [] : [{ text }]
    }
    case 'image': case 'audio': return [{ raw: block.data, mediaType: block.mimeType }]
    case 'resource_link': return [{ url: block.uri, filename: block.name.slice(0, 1_024), ...block.mimeType !== undefined && { mediaType: block.mimeType } }]
    case 'resource': {
      const { uri, mimeType: mediaType } = block.resource
      const about = { filename: nameIn(uri), ...mediaType !== undefined && { mediaType } }
      return 'blob' in block.resource ? [{ raw: block.resource.blob, ...about }] : [{ text: block.resource.text, ...about }]
    }
  }
}

/** For clients that don't know structured content, a text repeats it. */
function withoutJson (text: string, data: unknown): string {
  const json = JSON.stringify(data)
  if (sameJson(text, json)) return ''
  return text.split('\n').filter(line => line !== json).join('\n')
}

function sameJson (text: string, json: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === json
  } catch {
    return false
  }
}

function nameIn (uri: string): string {
  const last = uri.split(/[?#]/)[0]?.split('/').at(-1) ?? ''
  return (last === '' ? uri : last).slice(0, 1_024)
}
