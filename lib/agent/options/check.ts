/** The schemas of the options, as checks that answer everything that is wrong. */
import { Ajv, type ValidateFunction } from 'ajv'
import type { TSchema } from 'typebox'
import { AgentConfigSchema, AgentOptionsSchema, CardOptionsSchema, TenantAgentSchema, type InstanceKind } from '../../../schemas/options.ts'
import { isAddressBlock, isHostEntry } from '../../http/addresses.ts'
import { isAbsoluteUri } from '../../protocol/formats.ts'
import { explain } from './explain.ts'
import type { Problem } from './problem.ts'

/** Options as they are given in code. */
export const checkAgentOptions = lazily(AgentOptionsSchema)

/** What a function answered for the agent of a tenant. */
export const checkTenantAgent = lazily(TenantAgentSchema)

/** A card in code, or what a function answered for one. */
export const checkCardOptions = lazily(CardOptionsSchema)

/** A config file, before its modules are imported. */
export const checkAgentConfig = lazily(AgentConfigSchema)

/** Compiled when it is first needed: an agent without a config file needs one schema less. */
function lazily (schema: TSchema): (value: unknown) => Problem[] {
  let validate: ValidateFunction | undefined
  return value => {
    validate ??= ajv().compile(schema)
    return validate(value) ? [] : explain(validate.errors ?? [], value)
  }
}

function ajv (): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    // Errors carry the schema that failed: it knows what it expects, and which names are near.
    verbose: true,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    discriminator: true,
    formats: { 'absolute-uri': isAbsoluteUri, 'http-url': isHttpUrl, 'host-entry': isHostEntry, 'address-block': isAddressBlock }
  })
  ajv.addKeyword('expects')
  ajv.addKeyword({ keyword: 'instance', validate: (kind: InstanceKind, value: unknown) => instances[kind](value) })
  return ajv
}

/** What is no JSON, by the names that schemas give it. */
const instances: Record<InstanceKind, (value: unknown) => boolean> = {
  executor: isExecutor,
  extension: value => has(value, 'of') && isAbsoluteUri(String(Reflect.get(Object(value), 'uri'))),
  function: isFunction,
  redis: value => has(value, 'defineCommand'),
  'remote-key': value => has(value, 'sign') && typeof Reflect.get(Object(value), 'alg') === 'string' && typeof Reflect.get(Object(value), 'publicKey') === 'object',
  stream: value => has(value, 'write'),
  store: value => has(value, 'append') && has(value, 'read') && has(value, 'get'),
  url: value => value instanceof URL
}

function isExecutor (value: unknown): boolean {
  return isFunction(value) || has(value, 'execute')
}

function has (value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && isFunction(Reflect.get(value, method))
}

function isFunction (value: unknown): boolean {
  return typeof value === 'function'
}

function isHttpUrl (text: string): boolean {
  return /^https?:\/\/[^?#]+$/i.test(text) && URL.canParse(text)
}
