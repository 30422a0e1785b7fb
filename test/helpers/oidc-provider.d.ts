/** As far as tests use it: the package comes without types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  type ResourceServer = { scope: string, audience: string, accessTokenFormat: 'jwt' | 'opaque', accessTokenTTL: number, jwt?: { sign: { alg: string } } }

  type Configuration = {
    clients: Array<Record<string, unknown>>
    scopes: string[]
    features: Record<'devInteractions' | 'clientCredentials' | 'introspection' | 'revocation', { enabled: boolean, allowedPolicy?: () => boolean }> & {
      resourceIndicators: { enabled: boolean, defaultResource: () => string, getResourceServerInfo: (context: unknown, resource: string) => ResourceServer }
    }
  }

  export class Provider {
    constructor (issuer: string, configuration: Configuration)
    callback (): RequestListener
  }
}
