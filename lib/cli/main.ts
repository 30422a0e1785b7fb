#!/usr/bin/env node
/** Each command loads what it needs: none waits for the others. */
type Command = (args: readonly string[], say: (text: string) => void) => Promise<number>

const [name, ...args] = process.argv.slice(2)
const say = (text: string) => { process.stdout.write(text) }
const complain = (text: string) => { process.stderr.write(text) }

const commands = new Map<string, () => Promise<{ usage: string, command: Command }>>([
  ['audit', () => import('./audit.ts')],
  ['migrate', () => import('./migrate.ts')],
  ['mcp', () => import('./mcp.ts')]
])

try {
  const load = commands.get(name ?? '')
  if (load === undefined) {
    const all = await Promise.all([...commands.values()].map(async load => (await load()).usage))
    say(all.join('\n'))
    process.exitCode = name === undefined || name === '--help' ? 0 : 2
  } else {
    const { usage, command } = await load()
    if (args.includes('--help')) say(usage)
    // What stands on the standard output of an MCP server is the protocol.
    else process.exitCode = await command(args, name === 'mcp' ? complain : say)
  }
} catch (error) {
  complain(`fastify-a2a: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
