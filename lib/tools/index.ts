/** `fastify-a2a/tools`: skills of remote agents as tools for models. Needs no Fastify, and no framework. */
export { asTools } from './as-tools.ts'
export type { ToolSource } from './places.ts'
export type { AsToolsOptions, ExecuteOptions, RemoteTool, ToolFile, ToolProgress, ToolResult } from './types.ts'
export { callTool } from './call-tool.ts'
export { toModelText } from './model-text.ts'
export { toJsonSchemaTools, type JsonSchemaForm, type JsonSchemaTool } from './json-schema.ts'
export { toAiSdkTools, type AiSchema, type AiSdkTool, type AiToolOutput } from './ai-sdk.ts'
export { toOpenAiAgentsTools, type OpenAiAgentsOptions, type OpenAiAgentsTool } from './openai-agents.ts'
