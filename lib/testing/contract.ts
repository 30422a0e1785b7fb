import { appendCases } from './cases/append.ts'
import { contentCases } from './cases/content.ts'
import { followCases } from './cases/follow.ts'
import { idempotencyCases } from './cases/idempotency.ts'
import { leaseCases } from './cases/leases.ts'
import { letterCases } from './cases/letters.ts'
import { listCases } from './cases/list.ts'
import { pageCases } from './cases/pages.ts'
import { pushCases } from './cases/pushes.ts'
import { readCases } from './cases/read.ts'
import { retentionCases } from './cases/retention.ts'
import { scopeCases } from './cases/scopes.ts'
import { withSubject, type Cases, type StoreContractOptions } from './subject.ts'

/** One rule of the contract. `run` rejects with an AssertionError when the store breaks it. */
export type ContractCase = { readonly name: string, readonly run: () => Promise<void> }

/** How test runners take a test: `test` of node:test, `(name, run) => t.test(name, run)` of tap, `it` of others. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown

const common: Cases[] = [
  appendCases, contentCases, readCases, followCases, listCases, pageCases, scopeCases, leaseCases, idempotencyCases, letterCases, pushCases
]

/**
 * Everything that the engine relies on in a `TaskStore`, one case per rule. Cases stand alone: they may run
 * in any order, at the same time, and against a store that already holds the tasks of others.
 *
 * @example
 * for (const { name, run } of storeContract({ create: () => createMyStore(url) })) test(name, run)
 */
export function storeContract (options: StoreContractOptions): ContractCase[] {
  const groups = options.retention === undefined ? common : [...common, retentionCases(options.retention)]
  return groups.flatMap(group => Object.entries(group)).map(([name, check]) => ({
    name,
    run: () => withSubject(options, check)
  }))
}

/**
 * Hands every case of the contract to a test runner.
 *
 * @example
 * import test from 'node:test'
 * testStore(test, { create: () => createMyStore(url), replica: () => createMyStore(url) })
 */
export function testStore (test: TestFunction, options: StoreContractOptions): void {
  for (const { name, run } of storeContract(options)) test(name, run)
}
