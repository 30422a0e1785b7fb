#!/usr/bin/env node
import { auditCommand, auditUsage } from './audit.ts'

const [command, ...args] = process.argv.slice(2)
const say = (text: string) => { process.stdout.write(text) }

try {
  if (command === 'audit') {
    process.exitCode = await auditCommand(args, say)
  } else {
    say(auditUsage)
    process.exitCode = command === undefined || command === '--help' ? 0 : 2
  }
} catch (error) {
  process.stderr.write(`fastify-a2a: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
