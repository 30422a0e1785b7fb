import { createSut } from './server.ts'

const { app, port } = await createSut(process.env)
const address = await app.listen({ host: '127.0.0.1', port })
console.log(`listening ${address}`)

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await app.close()
    process.exit() // a stubborn executor may still be at work
  })
}
