/** gRPC stands on packages that need not be installed. */
export const howToInstall = 'npm install @bufbuild/protobuf @connectrpc/connect @connectrpc/connect-node'

/** Whether an import has failed since they are not there. */
export function isMissingPackage (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND' && /@bufbuild\/|@connectrpc\//.test(error.message)
}
