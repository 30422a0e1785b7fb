import { AuthError } from '../auth-error.ts'
import type { ClientCertificate } from '../credentials.ts'
import type { Identity, MutualTlsOptions } from '../options.ts'
import { principalOf, type Scheme } from '../scheme.ts'

const identities: Readonly<Record<NonNullable<MutualTlsOptions['identity']>, (certificate: ClientCertificate) => readonly string[]>> = {
  subject: ({ subject }) => subject === '' ? [] : [subject],
  commonName: ({ commonName }) => commonName === undefined ? [] : [commonName],
  uri: ({ uris }) => uris,
  dns: ({ dnsNames }) => dnsNames,
  fingerprint: ({ fingerprint }) => [fingerprint]
}

/** The certificate of the connection. The server that listens asks for it, and checks who issued it (A2A 1.0 §4.5.6). */
export function mutualTlsScheme (scheme: string, { identity = 'subject', clients }: MutualTlsOptions): Scheme {
  const find = clients === undefined ? (id: string): Identity => ({ id }) : typeof clients === 'function' ? clients : findAmong(clients)
  return {
    authenticate: async credentials => {
      const certificate = credentials.certificate()
      if (certificate === undefined) return undefined
      if (!certificate.isTrusted) throw new AuthError('The client certificate is not trusted')
      // A connection may live longer than its certificate.
      if (!(certificate.validTo > Date.now())) throw new AuthError('The client certificate has expired')
      const { subject, fingerprint } = certificate
      for (const name of identities[identity](certificate)) {
        const found = await find(name)
        if (found !== undefined) return principalOf(scheme, { ...found, claims: { subject, fingerprint, ...found.claims } })
      }
      throw new AuthError('The client certificate is not one of those that are let in')
    },
    challenge: { name: 'ClientCertificate' }
  }
}

function findAmong (clients: ReadonlyArray<Identity & { certificate: string }>) {
  const known = new Map(clients.map(({ certificate, ...identity }) => [certificate, identity]))
  return (name: string) => known.get(name)
}
