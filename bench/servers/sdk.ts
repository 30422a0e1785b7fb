/** (b) The official SDK on Express. */
import { jsonRpcHandler, UserBuilder } from '@a2a-js/sdk/server/express'
import express from 'express'
import { portOf, serve } from './control.ts'
import { requestHandler } from './sdk-agent.ts'

const app = express()
app.use('/a2a', jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication }))
const server = app.listen(0, '127.0.0.1', () => serve(portOf(server)))
