#!/usr/bin/env node
import { auditCommand, auditUsage } from './audit.ts'
import { mcpCommand, mcpUsage } from './mcp.ts'
import { migrateCommand, migrateUsage } from './migrate.ts'

type Command = (args: readonly string[], say: (text: string) => void) => Promise<number>

const [name, ...args] = process.argv.slice(2)
const say = (text: string) => { process.stdout.write(text) }
const complain = (text: string) => { process.stderr.write(text) }

const commands = new Map<string, Command>([
  ['audit', auditCommand],
  ['migrate', migrateCommand],
  // What stands on standard output is the protocol.
  ['mcp', async args => await mcpCommand(args, complain)]
])

try {
  const command = commands.get(name ?? '')
  if (command === undefined) say([auditUsage, migrateUsage, mcpUsage].join('\n'))
  process.exitCode = command === undefined ? name === undefined || name === '--help' ? 0 : 2 : await command(args, say)
} catch (error) {
  complain(`fastify-a2a: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
