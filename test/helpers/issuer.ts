/** An issuer of tokens of our own, with which everything about them can be wrong. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTHeaderParameters } from 'jose'
import type { Test } from 'tap'

export type IssuerKey = { kid: string, alg: string, privateKey: CryptoKey, publicJwk: JWK }

export async function issuerKey (kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, publicJwk: { ...await exportJWK(publicKey), kid, alg, use: 'sig' } }
}

export type TokenOptions = { key?: IssuerKey, header?: Partial<JWTHeaderParameters>, claims?: Record<string, unknown>, issuer?: string, audience?: string | string[], expires?: number }

/** The address of a server that answers JSON by path, and whom it has answered. */
export class TestIssuer {
  readonly url: string
  /** Paths that were asked for, in order. */
  readonly asked: string[] = []
  readonly answers = new Map<string, unknown>()
  /** What introspection answers of tokens. */
  readonly active = new Map<string, Record<string, unknown>>()
  keys: IssuerKey[]
  status = 200
  readonly #server: http.Server

  constructor (server: http.Server, keys: IssuerKey[]) {
    this.#server = server
    this.keys = keys
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens at a port
    server.on('request', async (request: http.IncomingMessage, response: http.ServerResponse) => {
      const path = request.url ?? ''
      this.asked.push(path)
      const answer = path === '/introspect' ? this.active.get(new URLSearchParams(await text(request)).get('token') ?? '') ?? { active: false } : this.#answerAt(path)
      response.writeHead(answer === undefined ? 404 : this.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
    })
  }

  #answerAt (path: string): unknown {
    return path === '/jwks' ? { keys: this.keys.map(({ publicJwk }) => publicJwk) } : this.answers.get(path)
  }

  async close (): Promise<void> {
    await new Promise(resolve => { this.#server.close(resolve); this.#server.closeAllConnections() })
  }

  get key (): IssuerKey {
    const [key] = this.keys
    if (key === undefined) throw new Error('there is no key')
    return key
  }

  /** A token that is right, but for what `options` say. Times in seconds from now. */
  async token ({ key = this.key, header = {}, claims = {}, issuer = this.url, audience = 'flights', expires = 60 }: TokenOptions = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    return await new SignJWT({ sub: 'ada', scope: 'flights', ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + expires)
      .sign(key.privateKey)
  }
}

export async function startIssuer (t: Test, keys?: IssuerKey[]): Promise<TestIssuer> {
  const server = http.createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = new TestIssuer(server, keys ?? [await issuerKey('first')])
  t.teardown(async () => { await issuer.close() })
  return issuer
}
