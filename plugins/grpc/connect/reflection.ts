/** Server reflection: tools such as grpcurl ask it for the protos. */
import { toBinary, type DescFile, type DescService } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code, type HandlerContext } from '@connectrpc/connect'
import type { ServerReflectionRequest as OldRequest } from '../../../schemas/proto/gen/grpc/reflection/v1alpha/reflection_pb.ts'
import type { ServerReflectionRequest } from '../../../schemas/proto/gen/grpc/reflection/v1/reflection_pb.ts'
import { exchangeOf } from './exchange.ts'

/** What is asked, in both versions of the service. */
type Question = (ServerReflectionRequest | OldRequest)['messageRequest']

type Answer =
  | { case: 'fileDescriptorResponse', value: { fileDescriptorProto: Uint8Array[] } }
  | { case: 'listServicesResponse', value: { service: Array<{ name: string }> } }
  | { case: 'allExtensionNumbersResponse', value: { baseTypeName: string } }
  | { case: 'errorResponse', value: { errorCode: number, errorMessage: string } }

/** @param closing fires when the server closes */
export function reflectionOf (services: readonly DescService[], closing: AbortSignal) {
  const answer = answerer(services)
  return {
    async * serverReflectionInfo<R extends ServerReflectionRequest | OldRequest> (requests: AsyncIterable<R>, { values, signal }: HandlerContext) {
      exchangeOf(values)
      for await (const request of until(requests, AbortSignal.any([closing, signal]))) {
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(request.messageRequest) }
      }
    }
  }
}

function answerer (services: readonly DescService[]): (question: Question) => Answer {
  const files = new Map<string, DescFile>()
  for (const { file } of services) addFile(files, file)
  const symbols = new Map([...files.values()].flatMap(file => symbolsOf(file).map(name => [name, file])))

  return question => {
    switch (question.case) {
      case 'listServices': return { case: 'listServicesResponse', value: { service: services.map(({ typeName }) => ({ name: typeName })) } }
      case 'fileByFilename': return filesFrom(files.get(question.value.replace(/\.proto$/, '')), `There is no file ${question.value}`)
      case 'fileContainingSymbol': return filesFrom(symbols.get(question.value), `There is no symbol ${question.value}`)
      case 'allExtensionNumbersOfType':
        return symbols.has(question.value)
          ? { case: 'allExtensionNumbersResponse', value: { baseTypeName: question.value } }
          : failure(Code.NotFound, `There is no type ${question.value}`)
      case 'fileContainingExtension': return failure(Code.NotFound, 'There are no extensions')
      default: return failure(Code.InvalidArgument, 'The request asks for nothing')
    }
  }
}

/** A file goes after those that it imports. */
function filesFrom (file: DescFile | undefined, otherwise: string): Answer {
  if (file === undefined) return failure(Code.NotFound, otherwise)
  const needed = new Map<string, DescFile>()
  addFile(needed, file)
  // The one that was asked for comes first.
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: [...needed.values()].reverse().map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)) } }
}

function failure (errorCode: number, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } }
}

function addFile (files: Map<string, DescFile>, file: DescFile): void {
  if (files.has(file.name)) return
  for (const dependency of file.dependencies) addFile(files, dependency)
  files.set(file.name, file)
}

/** Names of all that a file declares: types, fields, values, services and methods. */
function symbolsOf ({ messages, enums, services }: DescFile): string[] {
  return [
    ...messages.flatMap(symbolsOfMessage),
    ...enums.flatMap(({ typeName, values }) => [typeName, ...values.map(({ name }) => `${parentOf(typeName)}${name}`)]),
    ...services.flatMap(({ typeName, methods }) => [typeName, ...methods.map(({ name }) => `${typeName}.${name}`)])
  ]
}

function symbolsOfMessage ({ typeName, fields, oneofs, nestedMessages, nestedEnums }: DescFile['messages'][number]): string[] {
  return [
    typeName,
    ...[...fields, ...oneofs].map(({ name }) => `${typeName}.${name}`),
    ...nestedMessages.flatMap(symbolsOfMessage),
    ...nestedEnums.flatMap(({ typeName, values }) => [typeName, ...values.map(({ name }) => `${parentOf(typeName)}${name}`)])
  ]
}

/** Values of an enum are named beside it, as in C. */
function parentOf (typeName: string): string {
  return typeName.slice(0, typeName.lastIndexOf('.') + 1)
}

/** Ends when the signal fires, whatever the caller still means to ask. */
async function * until<T> (items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const stopped = new Promise<{ done: true, value: undefined }>(resolve => {
    if (signal.aborted) resolve({ done: true, value: undefined })
    signal.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true })
  })
  const iterator = items[Symbol.asyncIterator]()
  for (;;) {
    const next = await Promise.race([iterator.next(), stopped])
    if (next.done === true) return
    yield next.value
  }
}
