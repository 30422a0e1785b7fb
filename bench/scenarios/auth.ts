import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { send } from '../load/requests.ts'
import { unary } from '../load/unary.ts'
import { rateRow, ratioRow } from '../report.ts'
import { inTurns, ratio } from '../rounds.ts'
import type { Scenario } from './scenario.ts'

const key = 'the key of the bench'

/** SendMessage by nobody, by an API key, and by JWTs of two algorithms: what authentication takes of the send rate. */
export const authScenario: Scenario = async ({ start, ...extent }) => {
  const serve = async (scheme: object, more: Record<string, string>) => {
    const server = await start('ours', { BENCH_SECURITY: JSON.stringify({ schemes: { tested: scheme } }) })
    return { server, more }
  }
  const subjects = {
    open: { server: await start('ours'), more: {} },
    key: await serve({ type: 'apiKey', keys: [{ key, id: 'ada' }] }, { 'x-api-key': key }),
    es256: await serve(...await tokens('ES256')),
    eddsa: await serve(...await tokens('EdDSA'))
  }
  const body = send('SendMessage', 'answer')
  const loads = Object.entries(subjects).map(([name, { server, more }]) => [name, { server, load: (duration: number) => unary(server.port, body, { duration }, more) }] as const)
  const results = await inTurns(Object.fromEntries(loads) as Record<keyof typeof subjects, typeof loads[number][1]>, extent)
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

async function tokens (alg: string): Promise<[scheme: object, headers: Record<string, string>]> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const [issuer, audience] = ['https://id.example.com', 'bench']
  const token = await new SignJWT({}).setProtectedHeader({ alg }).setSubject('ada').setIssuer(issuer).setAudience(audience).setExpirationTime('1h').sign(privateKey)
  return [{ type: 'jwt', issuer, audience, keys: [{ ...await exportJWK(publicKey), alg }] }, { authorization: `Bearer ${token}` }]
}
