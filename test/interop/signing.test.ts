/** Cards that are signed here are verified by the official SDKs, and the other way round. Needs what setup-python.sh makes. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { AgentCard as SdkCard, generateAgentCardSignature, verifyAgentCardSignature } from '@a2a-js/sdk'
import { DefaultAgentCardResolver } from '@a2a-js/sdk/client'
import t, { type Test } from 'tap'
import { verifyCard, type AgentCard, type CardOptions } from '../../lib/index.ts'
import { host } from '../helpers/host.ts'
import { keyPair, type KeyPair } from '../helpers/keys.ts'
import { freePort } from '../helpers/postgres.ts'
import { requireService } from '../helpers/service.ts'

// The SDK says there what is wrong with a signature.
console.debug = () => {}

type SignedCard = AgentCard & { signatures: unknown[] }

const algorithms = ['ES256', 'RS256', 'EdDSA']

const plain: CardOptions = {
  name: 'Flight agent',
  description: 'Searches flights',
  provider: { organization: 'Flights Inc.', url: 'https://flights.example' },
  skills: [{ id: 'search', name: 'Search', description: 'Searches', tags: ['travel'], examples: ['Berlin to Tokyo'], inputSchema: { type: 'object', required: ['from'] } }]
}

/** Where the SDKs leave the specification: what is empty, in required fields and deep within; and what is not ASCII. */
const tricky: CardOptions = {
  name: 'Flüge ✈ 𝄞',
  description: 'a\u007f"\\\n\t€',
  documentationUrl: 'https://flights.example/docs',
  skills: [{ id: 'search', tags: [], examples: ['x'], inputSchema: { title: '', required: [], properties: { from: {}, to: { default: null, examples: [1.5, 1e21, 0, false, ''] } } } }],
  extensions: [{ uri: 'https://x.example/ext', required: false, params: { none: {}, list: [[], null, ''] } }]
}

for (const [name, card] of Object.entries({ plain, tricky })) {
  t.test(`a ${name} card that is signed here, verified by the JavaScript SDK`, async t => {
    for (const alg of algorithms) {
      const { url, key } = await server(t, card, alg)
      const verify = verifyAgentCardSignature(async kid => {
        t.equal(kid, key.publicJwk.kid)
        return key.publicJwk
      })
      const received = await new DefaultAgentCardResolver().resolve(url)
      await t.resolves(verify(received), alg)
      await t.rejects(verify({ ...received, name: 'Other' }), /No valid signatures/, alg)
      // Of the card for both versions, the SDK takes what is of 1.0.
      await t.resolves(verify(SdkCard.fromJSON(await fetchCard(url))), `${alg}, the card for both versions`)
    }
  })

  t.test(`a ${name} card that is signed by the JavaScript SDK, verified here`, async t => {
    for (const alg of algorithms) {
      const { url, key } = await server(t, card, alg)
      const { signatures, ...unsigned } = await fetchCard(url, '1.0')
      const signed = await generateAgentCardSignature(key.jwk, { alg, kid: 'js', typ: 'JOSE' })(SdkCard.fromJSON(unsigned))
      const wire = JSON.parse(JSON.stringify(SdkCard.toJSON(signed)))
      const trust = { keys: [{ ...key.publicJwk, kid: 'js' }] }
      t.match((await verifyCard(wire, trust)).card, { name: card.name }, alg)
      await t.rejects(verifyCard({ ...wire, version: '6.6.6' }, trust), { code: 'A2A_ERR_CARD_TAMPERED' })
    }
  })

  for (const { sdk, versions } of [{ sdk: '1', versions: ['1.0', undefined] }, { sdk: '0.3', versions: ['0.3', undefined] }]) {
    t.test(`a ${name} card that is signed here, verified by the Python SDK ${sdk}`, async t => {
      const python = pythonOf(t, sdk)
      if (python === undefined) return
      for (const alg of algorithms) {
        const { url, key } = await server(t, card, alg)
        for (const version of versions) {
          const received = await fetchCard(url, version)
          const ask = { do: 'verify', key: key.publicPem, alg }
          t.match(await python({ ...ask, card: received }), { verified: true }, `${alg}, ${version ?? 'both versions'}`)
          t.match(await python({ ...ask, card: { ...received, name: 'Other' } }), { verified: false, error: 'InvalidSignaturesError' })
        }
      }
    })

    t.test(`a ${name} card that is signed by the Python SDK ${sdk}, verified here`, async t => {
      const python = pythonOf(t, sdk)
      if (python === undefined) return
      for (const alg of algorithms) {
        const { url, key } = await server(t, card, alg)
        const { signatures, ...unsigned } = await fetchCard(url, sdk === '1' ? '1.0' : '0.3')
        const signed = await python({ do: 'sign', key: key.pem, alg, kid: 'py', card: unsigned })
        const trust = { keys: [{ ...key.publicJwk, kid: 'py' }] }
        t.match((await verifyCard(signed, trust)).card, { name: card.name }, alg)
        await t.rejects(verifyCard({ ...signed, version: '6.6.6' }, trust), { code: 'A2A_ERR_CARD_TAMPERED' })
      }
    })
  }
}

t.test('without compat, a card that the SDKs see otherwise is for strict clients alone', async t => {
  const { url, key } = await server(t, tricky, 'ES256', { compat: false })
  const card = await fetchCard(url, '1.0')
  t.equal(card.signatures.length, 1)
  await t.rejects(verifyAgentCardSignature(async () => key.publicJwk)(SdkCard.fromJSON(card)), /No valid signatures/)
  await t.resolves(verifyCard(card, { keys: [key.publicJwk] }))
})

async function server (t: Test, card: CardOptions, alg: string, options: { compat?: boolean } = {}): Promise<{ url: string, key: KeyPair }> {
  const [key, port] = [await keyPair(alg, `a key of ${alg}`), await freePort()]
  const url = `http://127.0.0.1:${port}`
  const app = await host(t, { card, publicUrl: url, signing: { keys: [key.jwk], ...options } })
  await app.listen({ port, host: '127.0.0.1' })
  return { url, key }
}

async function fetchCard (url: string, version?: string): Promise<SignedCard> {
  const response = await fetch(`${url}/.well-known/agent-card.json`, { headers: version === undefined ? {} : { 'a2a-version': version } })
  return await response.json() as SignedCard
}

/** The SDK in a process of its own, which answers line by line and ends with the test; undefined where it is not installed. */
function pythonOf (t: Test, sdk: string): ((task: object) => Promise<object>) | undefined {
  const binary = fileURLToPath(new URL(`../../.venv/a2a-${sdk}/bin/python`, import.meta.url))
  if (!requireService(t, `.venv/a2a-${sdk} (see test/interop/setup-python.sh)`, existsSync(binary))) return undefined
  const child = spawn(binary, ['-B', fileURLToPath(new URL('signing.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill())
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return async task => {
    child.stdin.write(`${JSON.stringify(task)}\n`)
    const { value, done } = await lines.next()
    if (done === true) throw new Error('signing.py has ended')
    return JSON.parse(value)
  }
}
