/** Imports the modules that are named, one after the other: to start Node for each of them takes longer than they do. */
import { separator } from './shell.ts'

for (const file of process.argv.slice(2)) {
  await import(file)
  process.stdout.write(separator)
}
