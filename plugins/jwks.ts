import type { FastifyPluginAsync } from 'fastify'
import type { JWK } from 'jose'
import type { Settings } from '../lib/agent/settings.ts'
import type { Push } from '../lib/push/push.ts'
import { createCardSigner, type CardSigner } from '../lib/security/cards/signer.ts'

/** Undefined where cards are not signed. @throws MisuseError when a key is none, or can't sign */
export async function startSigning ({ signing }: Settings): Promise<CardSigner | undefined> {
  return signing && await createCardSigner(signing)
}

/** In seconds. Keys are published before they sign, and after they have, for longer than that. */
const maxAge = 300

type Publisher = () => Promise<readonly JWK[]>

/** The public keys of an agent that signs its cards, or what it pushes; at one path, those of both (RFC 7517 §8.5.1). */
export const jwksRoutes: FastifyPluginAsync<{ settings: Settings, signer: CardSigner | undefined, push: Push | undefined }> = async (fastify, { settings, signer, push }) => {
  const places = new Map<string, Publisher[]>()
  const publish = (path: string | undefined, publisher: Publisher | undefined) => {
    if (path !== undefined && publisher !== undefined) places.set(path, [...places.get(path) ?? [], publisher])
  }
  publish(settings.signing?.path, signer && (() => signer.ring.published()))
  const pushSigner = push?.signer
  publish(settings.push?.sign?.path, pushSigner && (async () => (await pushSigner.jwks()).keys))

  for (const [path, publishers] of places) {
    fastify.get(path, async (_request, reply) => {
      const keys = (await Promise.all(publishers.map(publisher => publisher()))).flat()
      const each = [...new Map(keys.map(key => [key.kid, key])).values()]
      return reply.header('cache-control', `public, max-age=${maxAge}`).type('application/jwk-set+json').send(JSON.stringify({ keys: each }))
    })
  }
}
