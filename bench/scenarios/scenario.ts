import type { Row } from '../report.ts'
import type { Server, ServerName } from '../server-process.ts'

export type Bench = {
  readonly seconds: number
  readonly rounds: number
  /** Starts a server, which is stopped when the scenario ends. @param isLoad whether it is not what is measured */
  start (name: ServerName, env?: Record<string, string>, isLoad?: boolean): Promise<Server>
}

export type Scenario = (bench: Bench) => Promise<Row[]>
