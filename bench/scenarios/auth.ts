import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { send } from '../load/requests.ts'
import { unary } from '../load/unary.ts'
import { rateRow, ratioRow } from '../report.ts'
import { inTurns, ratio } from '../rounds.ts'
import type { Scenario } from './scenario.ts'

const key = 'the key of the bench'

/**
 * SendMessage by nobody, by an API key, and by JWTs of two algorithms: what authentication takes of the send rate. One process has all of
 * these agents, as two processes that do the same differ by more than a key costs; and all get the same headers, as each takes time to parse.
 */
export const authScenario: Scenario = async ({ start, rounds, ...extent }) => {
  const es256 = await token('ES256')
  const eddsa = await token('EdDSA')
  const server = await start('ours', {
    BENCH_SECURITY: JSON.stringify({
      '/key': { schemes: { tested: { type: 'apiKey', keys: [{ key, id: 'ada' }] } } },
      '/es256': { schemes: { tested: es256.scheme } },
      '/eddsa': { schemes: { tested: eddsa.scheme } }
    })
  })
  const body = send('SendMessage', 'answer')
  const sending = (path: string, { token } = es256) => {
    const headers = { 'x-api-key': key, authorization: `Bearer ${token}` }
    return { server, load: (duration: number) => unary(server.port, body, { duration }, headers, path) }
  }
  const results = await inTurns({
    open: sending('/a2a'),
    key: sending('/key/a2a'),
    es256: sending('/es256/a2a'),
    eddsa: sending('/eddsa/a2a', eddsa)
    // A few percent are less than what one round differs from the next.
  }, { ...extent, rounds: rounds * 5 })
  return [
    rateRow('SendMessage', 'anonymous', results.open),
    rateRow('', 'API key', results.key),
    rateRow('', 'JWT, ES256', results.es256),
    rateRow('', 'JWT, EdDSA', results.eddsa),
    ratioRow('API key', 'of anonymous', ratio(results.key, results.open), 0.95),
    ratioRow('JWT, ES256', 'of anonymous', ratio(results.es256, results.open), 0.7),
    ratioRow('JWT, EdDSA', 'of anonymous', ratio(results.eddsa, results.open), 0.7)
  ]
}

async function token (alg: string): Promise<{ scheme: object, token: string }> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const [issuer, audience] = ['https://id.example.com', 'bench']
  const token = await new SignJWT({}).setProtectedHeader({ alg }).setSubject('ada').setIssuer(issuer).setAudience(audience).setExpirationTime('1h').sign(privateKey)
  return { scheme: { type: 'jwt', issuer, audience, keys: [{ ...await exportJWK(publicKey), alg }] }, token }
}
