#!/usr/bin/env node
import { auditCommand, auditUsage } from './audit.ts'
import { migrateCommand, migrateUsage } from './migrate.ts'

type Command = (args: readonly string[], say: (text: string) => void) => Promise<number>

const commands = new Map<string, Command>([['audit', auditCommand], ['migrate', migrateCommand]])

const [name, ...args] = process.argv.slice(2)
const say = (text: string) => { process.stdout.write(text) }

try {
  const command = commands.get(name ?? '')
  if (command === undefined) say([auditUsage, migrateUsage].join('\n'))
  process.exitCode = command === undefined ? name === undefined || name === '--help' ? 0 : 2 : await command(args, say)
} catch (error) {
  process.stderr.write(`fastify-a2a: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
