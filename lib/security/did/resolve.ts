import type { GuardedClient } from '../../http/client.ts'
import { readMultikey } from './multikey.ts'
import { authenticationKeys, didWebUrl, type DidKey } from './web.ts'

/** Finds the keys of a DID. @throws Error when there are none to be had */
export type ResolveDid = (did: string) => Promise<readonly DidKey[]>

/** How long what was found holds, and what was not, in ms. */
const maxAge = 300_000
const pause = 30_000
/** DIDs that are remembered. */
const maxKnown = 1_000

/** Who can make up a DID can make up many: each host is asked once in a while. */
export function createResolver (client: GuardedClient): ResolveDid {
  const known = new Map<string, { keys: Promise<readonly DidKey[]>, until: number }>()

  async function ofWeb (did: string): Promise<readonly DidKey[]> {
    const { status, body, isCutOff } = await client.request(didWebUrl(did), { headers: { accept: 'application/did+json, application/json' } })
    if (status !== 200 || isCutOff) throw new Error(`the document of the DID can't be had: ${status}`)
    return authenticationKeys(JSON.parse(body), did)
  }

  return async did => {
    if (did.startsWith('did:key:')) return keysOfDidKey(did)
    const found = known.get(did)
    if (found !== undefined && found.until > Date.now()) return await found.keys
    const entry = { keys: ofWeb(did), until: Date.now() + maxAge }
    known.delete(did)
    known.set(did, entry)
    for (const [oldest] of known) {
      if (known.size <= maxKnown) break
      known.delete(oldest)
    }
    entry.keys.catch(() => { entry.until = Date.now() + pause })
    return await entry.keys
  }
}

function keysOfDidKey (did: string): DidKey[] {
  const multikey = did.slice('did:key:'.length)
  return [{ id: `${did}#${multikey}`, jwk: readMultikey(multikey) }]
}
