/** Where this server may be sent to by what others say: the guard of every request to an address that came from outside. */
import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { buildConnector } from 'undici'
import { createHostList, isPublicAddress } from './addresses.ts'

export type GuardOptions = {
  /** Whether `http:` will do. Default: false, only `https:`. */
  http?: boolean
  /** Hosts and blocks of addresses that may be reached although they are not public. */
  allow?: readonly string[]
  /** Where given, nothing else may be reached. */
  only?: readonly string[]
  /** Default: that of the system. */
  lookup?: LookupFunction
  /** Certificates that are trusted beside those of Node. PEM. */
  ca?: string
}

export type Guard = {
  /** What is wrong with a URL as it stands, as a sentence goes on after its name; undefined when nothing is. */
  refusal (url: string): string | undefined
  /** The same, and what its name stands for now. A name that can't be looked up at the moment is let through. */
  check (url: string): Promise<string | undefined>
  /** Connects, for undici, to what is allowed alone. @param timeout in ms @param tls what is shown and trusted over TLS beside */
  connector (timeout: number, tls?: ConnectionOptions): buildConnector.connector
}

/** A connection that was not made, or not used: nothing was sent on it. */
export class TargetRefusedError extends Error {
  override readonly name = 'TargetRefusedError'
}

const notPublic = 'must not lead to a private, loopback, link-local or reserved address'
/** How long a registration waits for a name, in ms: a delivery looks it up again. */
const patience = 3000

export function createGuard ({ http = false, allow = [], only, lookup = systemLookup, ca }: GuardOptions = {}): Guard {
  const allowed = createHostList(allow)
  const listed = only === undefined ? undefined : createHostList(only)

  function refusal (url: string): string | undefined {
    const target = URL.canParse(url) ? new URL(url) : undefined
    if (target === undefined) return 'must be an absolute URL'
    if (target.protocol !== 'https:' && !(http && target.protocol === 'http:')) return http ? 'must be an http or https URL' : 'must be an https URL'
    if (target.username !== '' || target.password !== '') return 'must not hold a user name or password'
    const name = nameOf(target.hostname)
    if (name === '') return 'must name a host'
    return isIP(name) === 0 ? nameRefusal(name) : addressRefusal(name, name)
  }

  function nameRefusal (name: string): string | undefined {
    // Where blocks of addresses are listed, it is the address that counts.
    if (listed !== undefined && !listed.hasName(name) && !listed.hasAddresses) return 'is not among the targets that are allowed'
    if (allowed.hasName(name) || allowed.hasAddresses || !isLocal(name)) return undefined
    return 'must not name a host of a private network'
  }

  function addressRefusal (name: string, address: string): string | undefined {
    if (listed !== undefined && !listed.hasName(name) && !listed.hasAddress(address)) return 'is not among the targets that are allowed'
    return isPublicAddress(address) || allowed.hasName(name) || allowed.hasAddress(address) ? undefined : notPublic
  }

  /** Of a name with several addresses, none may be refused: which one is taken is for others to say. */
  function refusalOf (name: string, addresses: readonly LookupAddress[]): string | undefined {
    if (addresses.length === 0) return 'has no address'
    for (const { address } of addresses) {
      const refused = addressRefusal(name, address)
      if (refused !== undefined) return refused
    }
    return undefined
  }

  async function check (url: string): Promise<string | undefined> {
    const refused = refusal(url)
    if (refused !== undefined) return refused
    const name = nameOf(new URL(url).hostname)
    if (isIP(name) !== 0) return undefined
    const addresses = await lookUp(name)
    return addresses === undefined ? undefined : refusalOf(name, addresses)
  }

  function lookUp (name: string): Promise<readonly LookupAddress[] | undefined> {
    return new Promise(resolve => {
      const late = setTimeout(resolve, patience, undefined)
      lookup(name, { all: true }, (error, addresses) => {
        clearTimeout(late)
        resolve(error === null ? asList(addresses) : undefined)
      })
    })
  }

  /** Checks what the connection is then made to: no second look-up comes between. */
  const guardedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error !== null) return callback(error, [])
      const addresses = asList(found, family)
      const refused = refusalOf(nameOf(hostname), addresses)
      const [first] = addresses
      if (refused !== undefined || first === undefined) callback(new TargetRefusedError(`${hostname} ${refused ?? 'has no address'}`), [])
      else if (options.all === true) callback(null, [...addresses])
      else callback(null, first.address, first.family)
    })
  }

  function connector (timeout: number, tls: ConnectionOptions = {}): buildConnector.connector {
    const connect = buildConnector({ ...ca !== undefined && { ca }, ...tls, timeout, lookup: guardedLookup })
    return (options, callback) => {
      const name = nameOf(options.hostname)
      // An address needs no look-up: the guard there would not see it.
      const refused = isIP(name) === 0 ? nameRefusal(name) : addressRefusal(name, name)
      if (refused !== undefined) return callback(new TargetRefusedError(`${name} ${refused}`), null)
      connect(options, (error, socket) => {
        if (error !== null) return callback(error, null)
        const reached = peerRefusal(name, socket)
        if (reached === undefined) return callback(null, socket)
        socket.destroy()
        callback(new TargetRefusedError(`${name} ${reached}`), null)
      })
    }
  }

  function peerRefusal (name: string, { remoteAddress }: Socket): string | undefined {
    return remoteAddress === undefined ? 'has gone' : addressRefusal(name, remoteAddress)
  }

  return { refusal, check, connector }
}

/** As lists and addresses have it. */
function nameOf (hostname: string): string {
  return hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

/** Names that the Internet does not know (RFC 6761, RFC 6762, RFC 8375, ICANN on `internal`), and those without a domain. */
function isLocal (name: string): boolean {
  return !name.includes('.') || /\.(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa)$/.test(name)
}

function asList (found: string | LookupAddress[], family?: number): LookupAddress[] {
  return typeof found === 'string' ? [{ address: found, family: family ?? isIP(found) }] : found
}
