import { jsClient03 } from './js-0.3.ts'
import { jsClient1 } from './js-1.ts'

/** The official JavaScript clients, each with the agents that it is put to. */
export const jsClients = [
  { client: '1.x', connect: jsClient1, env: { SUT_VERSIONS: '1.0' }, lists: true },
  { client: '1.x', connect: jsClient1, env: { SUT_VERSIONS: '1.0,0.3' }, lists: true },
  // Where there is an extended card, this client asks for that one first, and an agent of 0.3 alone wants it to authenticate.
  { client: '0.3.x', connect: jsClient03, env: { SUT_VERSIONS: '0.3', SUT_CAPABILITIES: 'streaming' }, lists: false },
  { client: '0.3.x', connect: jsClient03, env: { SUT_VERSIONS: '1.0,0.3' }, lists: false }
]
