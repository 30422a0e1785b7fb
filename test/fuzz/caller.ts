/** Makes calls over HTTP/2, whatever is in them. */
import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'

export type CallAnswer = {
  status: number
  type: string
  /** Of `grpc-status`, in the trailers of either kind; undefined where there is none. */
  code: number | undefined
  /** As Latin-1: bytes of protobuf, or JSON. */
  text: string
  /** Whether we have ended it. */
  isCut: boolean
}

/** Sessions that have made many calls are left: servers bound how many streams of one are cut off. */
const callsPerSession = 200

export class Caller {
  readonly #url: string
  readonly #patience: number
  readonly #listening: number
  #session: ClientHttp2Session | undefined
  #calls = 0

  /** @param patience until an answer begins, in ms @param listening for how long a stream is read, in ms */
  constructor (url: string, patience: number, listening: number) {
    this.#url = url
    this.#patience = patience
    this.#listening = listening
  }

  /** @throws Error when no answer comes */
  call (path: string, headers: Record<string, string>, body: Buffer): Promise<CallAnswer> {
    return new Promise((resolve, reject) => {
      const stream = this.#open().request({ ':method': 'POST', ':path': path, ...headers })
      const chunks: Buffer[] = []
      let answered: IncomingHttpHeaders = {}
      let trailers: IncomingHttpHeaders = {}
      let isCut = false
      const late = setTimeout(() => { stream.destroy(new Error('no answer in time')) }, this.#patience)
      let enough: NodeJS.Timeout | undefined
      stream.on('response', headers => {
        clearTimeout(late)
        answered = headers
        enough = setTimeout(() => {
          isCut = true
          stream.close()
        }, this.#listening)
      })
      stream.on('trailers', got => { trailers = got })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', error => { if (!isCut) reject(error) })
      stream.on('close', () => {
        clearTimeout(late)
        clearTimeout(enough)
        if (answered[':status'] === undefined) return reject(new Error(`the stream was closed without an answer, by code ${stream.rstCode}`))
        const text = Buffer.concat(chunks).toString('latin1')
        const type = String(answered['content-type'] ?? '')
        const code = trailers['grpc-status'] ?? answered['grpc-status'] ?? /grpc-status: ?(\d+)/i.exec(decoded(text, type))?.[1]
        resolve({ status: Number(answered[':status']), type, code: code === undefined ? undefined : Number(code), text, isCut })
      })
      stream.end(body)
    })
  }

  close (): void {
    this.#session?.destroy()
  }

  #open (): ClientHttp2Session {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed || this.#calls++ > callsPerSession) {
      this.#calls = 0
      // Calls on it may not be on their way yet.
      const left = this.#session
      setTimeout(() => left?.close(), this.#patience).unref()
      this.#session = connect(this.#url)
      this.#session.on('error', () => {})
    }
    return this.#session
  }
}

function decoded (text: string, type: string): string {
  return type.startsWith('application/grpc-web-text') ? Buffer.from(text, 'base64').toString('latin1') : text
}
