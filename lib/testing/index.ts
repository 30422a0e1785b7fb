/** `fastify-a2a/testing`: the contract test of `TaskStore`, for stores of your own. */
export { storeContract, testStore } from './contract.ts'
export type { ContractCase, TestFunction } from './contract.ts'
export type { RetentionLimits, StoreContractOptions } from './subject.ts'
