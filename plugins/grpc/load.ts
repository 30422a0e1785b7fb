import { MisuseError } from '../../lib/agent/errors.ts'
import { howToInstall, isMissingPackage } from '../../lib/grpc/packages.ts'

/**
 * The binding, which is loaded only where it is asked for.
 * @throws MisuseError `A2A_ERR_OPTIONS` when the packages that it stands on are not installed
 */
export async function loadGrpc () {
  try {
    return (await import('./index.ts')).serveGrpc
  } catch (cause) {
    if (!isMissingPackage(cause)) throw cause
    throw new MisuseError('A2A_ERR_OPTIONS', `a2a options: gRPC needs packages that are not installed: ${howToInstall}`, { cause })
  }
}
