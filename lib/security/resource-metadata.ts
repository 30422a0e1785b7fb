import type { SecuritySettings } from './options.ts'

/** Protected resource metadata (RFC 9728 §2): where clients get the tokens that are taken here. */
export type ResourceMetadata = {
  resource: string
  authorization_servers: string[]
  scopes_supported?: string[]
  bearer_methods_supported: ['header']
}

/** Undefined where no scheme is about tokens of a server. @param resource the URL of the agent's base */
export function resourceMetadata ({ schemes, requirements }: SecuritySettings, resource: string): ResourceMetadata | undefined {
  const servers = new Map<string, readonly string[]>()
  for (const [name, scheme] of schemes) {
    if (scheme.type !== 'oauth2' && scheme.type !== 'openIdConnect') continue
    const issuer = scheme.issuer ?? (scheme.type === 'oauth2' ? scheme.introspection?.issuer : undefined)
    const scopes = requirements.flatMap(requirement => requirement[name] ?? [])
    if (issuer !== undefined) servers.set(issuer, [...servers.get(issuer) ?? [], ...scopes])
  }
  if (servers.size === 0) return undefined
  const scopes = [...new Set([...servers.values()].flat())]
  return { resource, authorization_servers: [...servers.keys()], ...scopes.length > 0 && { scopes_supported: scopes }, bearer_methods_supported: ['header'] }
}
