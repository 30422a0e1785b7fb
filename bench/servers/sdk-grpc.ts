/** The gRPC server of the official SDK, on `@grpc/grpc-js`. */
import { A2AService, grpcService, UserBuilder } from '@a2a-js/sdk/server/grpc'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { serve } from './control.ts'
import { requestHandler } from './sdk-agent.ts'

const server = new Server()
server.addService(A2AService, grpcService({ requestHandler, userBuilder: UserBuilder.noAuthentication }))
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error
  serve(port)
})
