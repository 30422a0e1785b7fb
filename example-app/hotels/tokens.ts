/** The authorization server of the hotel agent: the client credentials grant of OAuth 2 (RFC 6749 §4.4), and nothing else. */
import { timingSafeEqual, createHash } from 'node:crypto'
import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'

export const clientId = 'coordinator'
export const scope = 'hotels'

/** In seconds. */
const lifetime = 300

type Issuer = {
  /** Checks tokens. */
  readonly publicKey: JWK
  /** A Fastify plugin with the token endpoint, at `/oauth/token`. */
  tokenEndpoint (app: FastifyInstance): Promise<void>
}

/** @param url of the agent: who issues the tokens, and for whom they are */
export async function createIssuer (url: string, clientSecret: string): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')

  async function issue (): Promise<string> {
    return await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
      .setIssuer(url)
      .setAudience(url)
      .setSubject(clientId)
      .setIssuedAt()
      .setExpirationTime(`${lifetime}s`)
      .sign(privateKey)
  }

  return {
    publicKey: { ...await exportJWK(publicKey), alg: 'ES256' },
    async tokenEndpoint (app) {
      await app.register(formbody)
      app.post('/oauth/token', async (request, reply) => {
        reply.header('cache-control', 'no-store')
        if (!isClient(request, clientSecret)) return await reply.code(401).header('www-authenticate', 'Basic realm="hotels"').send({ error: 'invalid_client' })
        if (Object(request.body).grant_type !== 'client_credentials') return await reply.code(400).send({ error: 'unsupported_grant_type' })
        return { access_token: await issue(), token_type: 'Bearer', expires_in: lifetime, scope }
      })
    }
  }
}

/** Name and secret are form-encoded within the header (RFC 6749 §2.3.1): each client encodes as much as it likes. */
function isClient ({ headers: { authorization = '' } }: FastifyRequest, secret: string): boolean {
  const [, encoded = ''] = /^Basic +(\S+)$/i.exec(authorization) ?? []
  const [name = '', given = ''] = Buffer.from(encoded, 'base64').toString().split(':').map(formDecode)
  return timingSafeEqual(digest(`${name}:${given}`), digest(`${clientId}:${secret}`))
}

function formDecode (text: string): string {
  return new URLSearchParams(`_=${text.replaceAll('&', '%26')}`).get('_') ?? ''
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
