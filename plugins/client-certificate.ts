import { TLSSocket, type PeerCertificate } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import type { ClientCertificate } from '../lib/security/credentials.ts'

/** The certificate that a client has shown to this server: its TLS must ask for one (`requestCert`). */
export function clientCertificate ({ raw: { socket } }: FastifyRequest): ClientCertificate | undefined {
  // Under HTTP/2 this is a proxy of the socket.
  if (!('getPeerCertificate' in socket)) return undefined
  const tls = socket as TLSSocket // it has its methods
  const certificate = tls.getPeerCertificate()
  if (certificate === null || Object.keys(certificate).length === 0) return undefined
  return {
    isTrusted: tls.authorized,
    subject: subjectOf(certificate.subject),
    commonName: textOf(certificate.subject?.CN),
    uris: alternativeNames(certificate, 'URI'),
    dnsNames: alternativeNames(certificate, 'DNS'),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    validTo: Date.parse(certificate.valid_to)
  }
}

/** As RFC 4514 writes names, the most specific part first. */
function subjectOf (subject: PeerCertificate['subject'] | undefined): string {
  return Object.entries(subject ?? {})
    .flatMap(([name, value]) => [value].flat().map(value => `${name}=${String(value).replaceAll(/[,+"\\<>;=]/g, '\\$&')}`))
    .reverse()
    .join(',')
}

function alternativeNames ({ subjectaltname = '' }: PeerCertificate, kind: string): string[] {
  // Node puts names with odd characters in quotes: those are nobody's.
  return subjectaltname.split(', ').flatMap(name => name.startsWith(`${kind}:`) && !name.includes('"') ? [name.slice(kind.length + 1)] : [])
}

function textOf (value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
