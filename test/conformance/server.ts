import Fastify, { type FastifyInstance } from 'fastify'
import { A2AError, type AgentOptions, type CardOptions, type Principal } from '../../lib/index.ts'
import a2a from '../../plugins/a2a.ts'
import { conformanceExecutor } from './agent.ts'
import { readSettings, type Environment, type SutSettings } from './settings.ts'

/** The conformance agent, ready to listen on 127.0.0.1. @throws Error when `env` is not understood */
export async function createSut (env: Environment = {}): Promise<{ app: FastifyInstance, port: number }> {
  const settings = readSettings(env)
  // Standard output is for the one line that says that the agent is ready.
  const app = Fastify({ logger: { level: 'warn', stream: process.stderr } })
  if (settings.apiKeys !== undefined) requireApiKey(app, settings.apiKeys)
  if (!settings.versions.includes('1.0')) {
    showGrpcUrl(app, settings.grpcPort)
    guardCard(app)
  }
  await app.register(a2a, agentOptions(settings))
  return { app, port: settings.port }
}

/** Not a secret: no suite confides any to this agent. */
const pushKey = Buffer.alloc(32, 'conformance').toString('base64')

function agentOptions ({ port, grpcPort, capabilities, versions, bindings, requiredExtension, apiKeys }: SutSettings): AgentOptions {
  const card: CardOptions = {
    name: 'Conformance agent',
    description: 'Behaves as the messageId or the text of a message says',
    version: '1.0.0',
    provider: { organization: 'fastify-a2a', url: 'https://example.com' },
    skills: [{ id: 'conformance', name: 'Conformance', description: 'Known behaviour for test suites', tags: ['test'] }],
    ...requiredExtension !== undefined && { extensions: [{ uri: requiredExtension, description: 'Needed by every request', required: true }] }
  }
  const extendedCard: CardOptions = { ...card, description: `${card.description}; here in full` }
  return {
    card,
    executor: conformanceExecutor(versions),
    versions,
    bindings,
    ...bindings.includes('GRPC') && { grpc: { port: grpcPort } },
    capabilities: { streaming: capabilities.includes('streaming') },
    // Suites listen on this machine, and stores outlive the process that sealed something for them.
    ...capabilities.includes('push') && { push: { key: pushKey, targets: { http: true, allow: ['127.0.0.0/8', '::1'] } } },
    ...capabilities.includes('extendedCard') && {
      extendedCard: (principal: Principal | undefined) => {
        // In 0.3 the client must authenticate (A2A 0.3 §7.10), and its suite looks for this error where it can't.
        if (principal === undefined && !versions.includes('1.0')) throw new A2AError('ExtendedAgentCardNotConfiguredError')
        return extendedCard
      }
    },
    ...port !== 0 && { publicUrl: `http://127.0.0.1:${port}` },
    allowAnonymous: apiKeys === undefined,
    // A suite that stops its agent does not wait for what still runs.
    shutdownGrace: 500
  }
}

/** Clients of 0.3 want `host:port` of gRPC in a card, as those of 1.0 do. The suite of 0.3 reads a URL. */
function showGrpcUrl (app: FastifyInstance, port: number): void {
  const address = `127.0.0.1:${port}`
  app.addHook('onSend', async ({ routeOptions }, _reply, payload) => {
    const isCard = routeOptions.url?.startsWith('/.well-known/') === true
    return isCard && typeof payload === 'string' ? payload.replaceAll(`"${address}"`, `"http://${address}"`) : payload
  })
}

/** Over HTTP+JSON and gRPC the suite of 0.3 looks for what A2A 0.3 §7.10 says of a client that does not authenticate, over JSON-RPC for another error. */
function guardCard (app: FastifyInstance): void {
  const guarded = /(?:\/v1\/card|\.A2AService\/GetAgentCard)$/
  app.addHook('onRequest', async ({ routeOptions, headers }) => {
    if (guarded.test(routeOptions.url ?? '') && headers['x-api-key'] === undefined) throw new A2AError('UnauthenticatedError')
  })
}

/** Everybody may discover the agent; whoever uses it shows a key. */
function requireApiKey (app: FastifyInstance, owners: ReadonlyMap<string, string>): void {
  app.addHook('onRequest', async request => {
    if (request.routeOptions.url?.startsWith('/.well-known/') === true) return
    const owner = owners.get(String(request.headers['x-api-key']))
    if (owner === undefined) throw new A2AError('UnauthenticatedError')
    request.a2aPrincipal = { id: owner, scheme: 'apiKey' }
  })
}
