import type { Agent } from './agent.ts'
import type { Settings } from './settings.ts'

/** The agents behind one base URL: one, or one for each tenant (A2A 1.0 §4.4.6). */
export type Directory = {
  /** What holds for all of them: versions, limits, paths, streams. */
  readonly settings: Settings
  /**
   * The agent that serves a tenant; `''` for a request that names none.
   * @throws A2AError NotFound, which tells nothing of who there is
   */
  find (tenant: string): Agent | Promise<Agent>
}

/** One agent for all tenants, whose tasks it keeps apart. */
export function directoryOf (agent: Agent): Directory {
  return { settings: agent.settings, find: () => agent }
}
