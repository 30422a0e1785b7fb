import type { Scope } from '../../task/store.ts'
import { ScopeIndex } from './scope-index.ts'

type Owners = Map<string, ScopeIndex>

/** The tasks of all scopes. Maps in maps: the names come as they are, and a joint key need not be made and hashed. */
export class Scopes {
  readonly #agents = new Map<string, Map<string, Owners>>()
  /** That was asked for last: the same is asked for several times in a row. */
  #last: ScopeIndex | undefined

  find (scope: Scope): ScopeIndex | undefined {
    if (this.#last !== undefined && isSame(this.#last.scope, scope)) return this.#last
    const { agent, tenant, owner } = scope
    const found = this.#agents.get(agent)?.get(tenant)?.get(owner)
    if (found !== undefined) this.#last = found
    return found
  }

  /** The index of a scope, made if need be. */
  open (scope: Scope): ScopeIndex {
    const known = this.find(scope)
    if (known !== undefined) return known
    const { agent, tenant, owner } = scope
    const tenants = getOrAdd(this.#agents, agent, newMap<string, Owners>)
    const owners = getOrAdd(tenants, tenant, newMap<string, ScopeIndex>)
    const index = new ScopeIndex(scope)
    owners.set(owner, index)
    return index
  }

  delete ({ agent, tenant, owner }: Scope): void {
    this.#last = undefined
    const tenants = this.#agents.get(agent)
    const owners = tenants?.get(tenant)
    owners?.delete(owner)
    if (owners?.size === 0) tenants?.delete(tenant)
    if (tenants?.size === 0) this.#agents.delete(agent)
  }

  /** Those of other owners of the same agent and tenant. */
  besides ({ agent, tenant, owner }: Scope): ScopeIndex[] {
    return [...this.#agents.get(agent)?.get(tenant) ?? []].flatMap(([name, index]) => name === owner ? [] : [index])
  }

  all (): ScopeIndex[] {
    return [...this.#agents.values()].flatMap(tenants => [...tenants.values()].flatMap(owners => [...owners.values()]))
  }
}

function getOrAdd<V> (map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

function isSame (a: Scope, b: Scope): boolean {
  return a.owner === b.owner && a.agent === b.agent && a.tenant === b.tenant
}

function newMap<K, V> (): Map<K, V> {
  return new Map()
}
