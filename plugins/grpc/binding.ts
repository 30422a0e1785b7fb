import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Directory } from '../../lib/agent/directory.ts'
import { Members, type Member } from '../../lib/task/members.ts'
import type { Stop } from '../../lib/task/stop.ts'
import { negotiateVersion, versionNotSupported } from '../../lib/protocol/versions.ts'
import { noteOperation } from '../audit.ts'
import type { Gate } from '../gate.ts'
import { askedVersion, enter, namedTenant, type Entry } from '../request.ts'
import type { GrpcMethod } from './methods/method.ts'

/** What the calls of one binding share. */
export type Binding = {
  readonly agents: Directory
  /** Of the agent's routes over HTTP. */
  readonly prefix: string
  readonly gate: Gate | undefined
  readonly streams: OpenStreams
}

/** Lets the caller in, as every binding does. @param params not checked yet */
export async function enterMethod ({ agents, prefix, gate }: Binding, { version, operation }: Pick<GrpcMethod, 'version' | 'operation'>, request: FastifyRequest, reply: FastifyReply, params: unknown): Promise<Entry> {
  checkVersion(request, version, agents)
  // 0.3 has no tenants.
  const tenant = version === '1.0' ? namedTenant(params) : ''
  noteOperation(request, { operation, tenant, version, params })
  return await enter(request, reply, agents, { prefix, tenant, operation, gate })
}

/** The package of a service says which version it is: metadata may leave it out, but must not say something else (A2A 1.0 §3.6). */
function checkVersion (request: FastifyRequest, version: GrpcMethod['version'], { settings }: Directory): void {
  const asked = askedVersion(request)
  if (asked === '' || asked === version) return
  if (negotiateVersion(asked, undefined, settings.versions) !== version) throw versionNotSupported(asked, [version])
}

/** The streams that are open, so that they end with the server. */
export class OpenStreams {
  readonly #open = new Members<Member & { readonly stop: Stop }>()
  #isClosing = false

  get isClosing (): boolean {
    return this.#isClosing
  }

  /** @param stop ends the stream @returns what says that it has ended */
  add (stop: Stop): () => void {
    const open = { stop, place: -1 }
    this.#open.add(open)
    if (this.#isClosing) stop.stop()
    return () => { this.#open.delete(open) }
  }

  async close (): Promise<void> {
    // The last events of work that has just ended are on their way to their readers.
    await nextTurn()
    this.#isClosing = true
    for (const { stop } of this.#open) stop.stop()
  }
}
