import { MisuseError } from '../agent/errors.ts'

/** What an optional peer exports. @throws MisuseError A2A_ERR_OPTIONS when it is not installed */
export async function loadPeer<T> (name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new MisuseError('A2A_ERR_OPTIONS', `the package ${name} is not installed: npm install ${name}`, { cause })
  }
}
