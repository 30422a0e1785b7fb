/** Where the agents are: one port after the other from `PORT` on, free ones where that is 0, or where the environment says. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AgentId } from './shared/messages.ts'

export const agentIds: readonly AgentId[] = ['coordinator', 'flights', 'charter', 'hotels', 'activities']

export type Address = {
  /** What its clients use. */
  url: string
  port: number
  /** Somebody else serves it, as `FLIGHTS_URL` says. */
  isElsewhere: boolean
}

/** @throws Error for a port or a URL that is none */
export async function readAddresses (env: NodeJS.ProcessEnv): Promise<Record<AgentId, Address>> {
  const ports = await portsFrom(env.PORT || '3000')
  const entries = agentIds.map((id, index): [AgentId, Address] => {
    const port = ports[index] ?? 0
    const name = `${id.toUpperCase()}_URL`
    const elsewhere = id === 'coordinator' ? undefined : env[name]
    if (elsewhere !== undefined && elsewhere !== '') {
      if (!/^https?:/.test(elsewhere) || !URL.canParse(elsewhere)) throw new Error(`${name} must be a URL of http: or https:, got ${elsewhere}`)
      return [id, { url: elsewhere.replace(/\/+$/, ''), port, isElsewhere: true }]
    }
    const url = id === 'coordinator' && env.PUBLIC_URL ? env.PUBLIC_URL.replace(/\/+$/, '') : `http://localhost:${port}`
    return [id, { url, port, isElsewhere: false }]
  })
  // One entry for each id.
  return Object.fromEntries(entries) as Record<AgentId, Address>
}

async function portsFrom (first: string): Promise<number[]> {
  const port = Number(first)
  if (!Number.isInteger(port) || port < 0 || port > 65_535 - agentIds.length) throw new Error(`PORT must be the number of a port with ${agentIds.length - 1} more above it, or 0, got ${first}`)
  return port === 0 ? await freePorts(agentIds.length) : agentIds.map((_, index) => port + index)
}

/**
 * Cards name their ports, and are signed before anybody listens. These are below those that systems give out by themselves, so that
 * nobody is given one of them meanwhile.
 */
async function freePorts (count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = randomInt(10_240, 32_768)
    if (!ports.includes(port) && await isFree(port)) ports.push(port)
  }
  return ports
}

async function isFree (port: number): Promise<boolean> {
  const server = createServer().listen(port)
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
