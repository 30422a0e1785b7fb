/** Agents in a file: everything that the options say in code, said in YAML or JSON. */
import { loadConfig } from './config/load.ts'
import type { AgentOptions } from './options.ts'
import { given } from './options/given.ts'

export { loadConfig }

/**
 * The options with those of their `config` file filled in. What is given in code wins, as a whole for `card` and
 * lists, one by one for `capabilities`, `limits`, `paths` and `stream`.
 *
 * @throws MisuseError `A2A_ERR_CONFIG`
 */
export async function readOptions (options: AgentOptions): Promise<AgentOptions> {
  const { config, ...code } = options
  if (config === undefined) return options
  const file = await loadConfig(config)
  return {
    ...file,
    ...given(code),
    capabilities: { ...file.capabilities, ...given(code.capabilities) },
    limits: { ...file.limits, ...given(code.limits) },
    paths: { ...file.paths, ...given(code.paths) },
    stream: { ...file.stream, ...given(code.stream) }
  }
}
