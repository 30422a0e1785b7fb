import { given } from '../agent/options/given.ts'
import type { AgentOptions, PresetName } from '../agent/options.ts'
import { agentCoreDefaults } from './agent-core.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a place to run in wants of the options. */
const presets: Readonly<Record<PresetName, (env: Environment) => Partial<AgentOptions>>> = { agentcore: agentCoreDefaults }

/** The options over what their preset says; what is given wins, one by one also in `paths`. */
export function withPreset (options: AgentOptions, env: Environment = process.env): AgentOptions {
  const { preset } = options
  // An unknown name is for the check of the options to find.
  if (preset === undefined || !Object.hasOwn(presets, preset)) return options
  const defaults = presets[preset](env)
  return { ...defaults, ...given(options), paths: { ...defaults.paths, ...given(options.paths) } }
}
