/** Which addresses belong to the Internet, and lists of hosts and addresses as options have them. */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** All that is routed in IPv6 (RFC 4291 §2.4): of the rest, not even what is not assigned yet is let through. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')
/** Public by its number, and yet what a cloud tells its own machines (Azure). */
const notPublic = ['168.63.129.16']

/** @param text an IP address; an IPv4 address within an IPv6 one counts as what it is */
export function isPublicAddress (text: string): boolean {
  const address = read(text)
  if (address === undefined || address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv6 ? address.match(globalUnicast) : !notPublic.includes(address.toString())
}

/** What one caller has for itself: an address, or a network of IPv6 (/64), in which it may take any. */
export function callerNetwork (text: string): string {
  const address = text.includes(':') ? read(text) : undefined
  if (address === undefined) return text
  if (address instanceof ipaddr.IPv4) return address.toString()
  return `${address.parts.slice(0, 4).map(part => part.toString(16)).join(':')}::/64`
}

/** Hosts and addresses that an option lists. */
export type HostList = {
  readonly hasAddresses: boolean
  /** @param name without brackets and without a dot at its end */
  hasName (name: string): boolean
  hasAddress (address: string): boolean
}

/** @param entries `hooks.example.com`, `*.example.com`, `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`; see `isHostEntry` */
export function createHostList (entries: readonly string[]): HostList {
  const blocks = entries.flatMap(entry => readBlock(entry) ?? [])
  const names = entries.filter(entry => readBlock(entry) === undefined).map(entry => entry.toLowerCase())
  return {
    hasAddresses: blocks.length > 0,
    hasName: name => names.some(entry => entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry),
    hasAddress: text => {
      const address = read(text)
      return address !== undefined && blocks.some(block => contains(block, address))
    }
  }
}

/** Whether an entry of a list can be understood. */
export function isHostEntry (entry: string): boolean {
  return readBlock(entry) !== undefined || (/^(\*\.)?[a-z\d_]([a-z\d_-]*[a-z\d_])?(\.[a-z\d_]([a-z\d_-]*[a-z\d_])?)*$/i.test(entry) && !/(^|\.)\d+$/.test(entry))
}

/** Whether an entry of a list is an address, or a block of them. */
export function isAddressBlock (entry: string): boolean {
  return readBlock(entry) !== undefined
}

type Block = { readonly base: Address, readonly bits: number }

function readBlock (entry: string): Block | undefined {
  const [, text = '', bits] = /^\[?([^\]/]*)\]?(?:\/(\d{1,3}))?$/.exec(entry) ?? []
  const base = isIP(text) === 0 ? undefined : ipaddr.parse(text)
  if (base === undefined) return undefined
  const all = base.kind() === 'ipv4' ? 32 : 128
  const size = bits === undefined ? all : Number(bits)
  return size <= all ? { base, bits: size } : undefined
}

function contains ({ base, bits }: Block, address: Address): boolean {
  if (base instanceof ipaddr.IPv4) return address instanceof ipaddr.IPv4 && address.match(base, bits)
  return address instanceof ipaddr.IPv6 && address.match(base, bits)
}

/** Undefined for what is no address in its usual form. */
function read (text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text)
}
