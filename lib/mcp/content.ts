import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from '../agent/content.ts'
import { toModelText } from '../tools/model-text.ts'
import type { ToolFile, ToolResult } from '../tools/types.ts'

/** Under this key of `_meta` a result says which task it is of. */
export const taskMetaKey = 'fastify-a2a.dev/task'

/** A result as MCP has it: text for the model, files beside it, and data as structured content where it is one object. */
export function toCallToolResult (result: ToolResult): CallToolResult {
  const { state, taskId, contextId, data, files, error } = result
  const [structured, ...more] = data
  return {
    content: [{ type: 'text', text: toModelText(result) }, ...files.flatMap(toBlock)],
    ...more.length === 0 && isObject(structured) && { structuredContent: structured },
    ...error !== undefined && { isError: true },
    ...(taskId !== undefined || contextId !== undefined) && { _meta: { [taskMetaKey]: { state, taskId, contextId } } }
  }
}

/** A file without its bytes is named in the text. */
function toBlock ({ name, mediaType: mimeType = 'application/octet-stream', url, bytes }: ToolFile, index: number): ContentBlock[] {
  if (bytes !== undefined) {
    if (mimeType.startsWith('image/')) return [{ type: 'image', data: bytes, mimeType }]
    if (mimeType.startsWith('audio/')) return [{ type: 'audio', data: bytes, mimeType }]
    return [{ type: 'resource', resource: { uri: `a2a-file:///${index}/${encodeURIComponent(name ?? 'file')}`, mimeType, blob: bytes } }]
  }
  return url === undefined ? [] : [{ type: 'resource_link', uri: url, name: name ?? url.slice(0, 256), mimeType }]
}
