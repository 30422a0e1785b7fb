/** Requests of 1.0 in the forms of 0.3, and what 0.3 answers in those of 1.0. Written for tests, apart from the library's own translation. */
export type Json = Record<string, unknown>

type Part = { text?: string, raw?: string, url?: string, data?: unknown, filename?: string, mediaType?: string }

export function toJson03 (operation: string, params: Json): Json {
  if (operation.startsWith('Send')) {
    const { message, configuration } = params as { message: Json & { parts?: Part[] }, configuration?: { returnImmediately?: boolean } }
    const { parts, role, ...rest } = message
    return {
      message: { kind: 'message', ...rest, role: 'user', ...parts && { parts: parts.map(partToJson03) } },
      ...configuration !== undefined && { configuration: { blocking: configuration.returnImmediately !== true } }
    }
  }
  const { taskId, id, ...rest } = params
  if (operation.startsWith('Create')) return { taskId, pushNotificationConfig: { id, ...rest } }
  if (operation.includes('Push')) return { id: taskId, ...id !== undefined && { pushNotificationConfigId: id } }
  return params
}

export function toProto03 (operation: string, params: Json): Json {
  if (operation.startsWith('Send')) {
    const { message, configuration } = params as { message: Json & { parts?: Part[] }, configuration?: { returnImmediately?: boolean } }
    const { parts, ...rest } = message
    return { message: { ...rest, ...parts && { content: parts.map(partToProto03) } }, configuration: { blocking: configuration?.returnImmediately !== true } }
  }
  const { taskId, id, ...rest } = params
  if (operation.startsWith('Create')) return { parent: `tasks/${taskId}`, configId: id, config: { pushNotificationConfig: { id, ...rest } } }
  if (operation.startsWith('List')) return { parent: `tasks/${taskId}` }
  if (operation.includes('Push')) return { name: `tasks/${taskId}/pushNotificationConfigs/${id}` }
  return { name: `tasks/${id}`, ...rest }
}

function partToJson03 ({ text, raw, url, data, filename, mediaType }: Part): Json {
  if (text !== undefined) return { kind: 'text', text }
  if (data !== undefined) return { kind: 'data', data }
  if (raw === undefined && url === undefined) return {}
  return { kind: 'file', file: { ...raw !== undefined ? { bytes: raw } : { uri: url }, name: filename, mimeType: mediaType } }
}

function partToProto03 ({ text, raw, url, data, filename, mediaType }: Part): Json {
  if (text !== undefined) return { text }
  if (data !== undefined) return { data: { data } }
  if (raw === undefined && url === undefined) return {}
  return { file: { ...raw !== undefined ? { fileWithBytes: raw } : { fileWithUri: url }, ...filename !== undefined && { name: filename }, ...mediaType !== undefined && { mimeType: mediaType } } }
}

/** An answer of JSON-RPC 0.3, whose things say by `kind` what they are. */
export function fromJson03 (answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(fromJson03)
  if (!isJson(answer)) return answer === null ? {} : answer
  const { kind, final, ...rest } = answer
  if ('pushNotificationConfig' in rest) return { ...fromPush(rest.pushNotificationConfig as Json), taskId: rest.taskId }
  const body = fields(rest)
  switch (kind) {
    case 'task': return { task: body }
    case 'message': return { message: body }
    case 'status-update': return { statusUpdate: body }
    case 'artifact-update': return { artifactUpdate: body }
    default: return body
  }
}

/** An answer in the forms of the 0.3 proto. */
export function fromProto03 (answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(fromProto03)
  if (!isJson(answer)) return answer
  if ('pushNotificationConfig' in answer) return { ...fromPush(answer.pushNotificationConfig as Json), taskId: String(answer.name).split('/')[1] }
  if ('configs' in answer) return { configs: (answer.configs as Json[]).map(fromProto03) }
  return fields(answer)
}

function fromPush ({ authentication, ...config }: Json): Json {
  const [scheme] = (authentication as { schemes?: string[] } | undefined)?.schemes ?? []
  return { ...config, ...scheme !== undefined && { authentication: { scheme } } }
}

/** Fields of all depths: the names and values of 1.0. */
function fields (object: Json): Json {
  return Object.fromEntries(Object.entries(object).flatMap(([key, value]): Array<[string, unknown]> => {
    if (key === 'kind' || key === 'final') return []
    if ((key === 'parts' || key === 'content') && Array.isArray(value)) return [['parts', value.map(partFrom03)]]
    if (key === 'state') return [[key, `TASK_STATE_${String(value).replace('TASK_STATE_', '').replace('-', '_').toUpperCase().replace('CANCELLED', 'CANCELED')}`]]
    if (key === 'role') return [[key, `ROLE_${String(value).replace('ROLE_', '').toUpperCase()}`]]
    return [[key, Array.isArray(value) ? value.map(item => isJson(item) ? fields(item) : item) : isJson(value) ? fields(value) : value]]
  }))
}

function partFrom03 ({ text, file, data }: { text?: string, file?: Json, data?: { data?: unknown } }): Json {
  if (text !== undefined) return { text }
  if (file === undefined) return { data: data?.data ?? data }
  const raw = file.bytes ?? file.fileWithBytes
  return { ...raw !== undefined ? { raw } : { url: file.uri ?? file.fileWithUri }, ...file.name !== undefined && { filename: file.name }, ...file.mimeType !== undefined && { mediaType: file.mimeType } }
}

function isJson (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
