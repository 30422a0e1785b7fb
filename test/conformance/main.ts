import { createSut } from './server.ts'

const { app, port } = await createSut(process.env)
await app.listen({ host: '127.0.0.1', port })
const [address] = app.addresses()
console.log(`listening http://127.0.0.1:${address?.port}`)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => { void app.close() })
