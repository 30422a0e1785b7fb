import type { SchemeOptions, Targets } from './options.ts'
import type { Scheme } from './scheme.ts'
import { apiKeyScheme } from './schemes/api-key.ts'
import { basicScheme } from './schemes/basic.ts'
import { bearerScheme } from './schemes/bearer.ts'
import { customScheme } from './schemes/custom.ts'
import { didScheme } from './schemes/did.ts'
import { jwtScheme } from './schemes/jwt.ts'
import { mutualTlsScheme } from './schemes/mutual-tls.ts'
import { oauth2Scheme } from './schemes/oauth2.ts'
import { openIdConnectScheme } from './schemes/open-id-connect.ts'

/** @param name that of the card @throws MisuseError */
export function createScheme (name: string, options: SchemeOptions, targets: Targets): Scheme {
  switch (options.type) {
    case 'apiKey': return apiKeyScheme(name, options)
    case 'bearer': return bearerScheme(name, options)
    case 'basic': return basicScheme(name, options)
    case 'jwt': return jwtScheme(name, options, targets)
    case 'openIdConnect': return openIdConnectScheme(name, options, targets)
    case 'oauth2': return oauth2Scheme(name, options, targets)
    case 'mutualTLS': return mutualTlsScheme(name, options)
    case 'did': return didScheme(name, options, targets)
    case 'custom': return customScheme(name, options)
  }
}
