import type { ServiceImpl } from '@connectrpc/connect'
import { Code, ConnectError } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Serving } from '../../../schemas/proto/gen/grpc/health/v1/health_pb.ts'
import { exchangeOf } from './exchange.ts'

/** The standard health service: every service is served until the server closes. */
export class HealthService {
  /** `''` stands for the server as a whole. */
  readonly #services: ReadonlySet<string>
  readonly #onChange = new Set<() => void>()
  #isServing = true

  constructor (services: readonly string[]) {
    this.#services = new Set(['', ...services])
  }

  close (): void {
    this.#isServing = false
    for (const tell of this.#onChange) tell()
  }

  get implementation (): ServiceImpl<typeof Health> {
    return {
      check: ({ service }, { values }) => {
        exchangeOf(values)
        if (!this.#services.has(service)) throw new ConnectError('This service is not known here', Code.NotFound)
        return { status: this.#statusOf(service) }
      },
      list: (_request, { values }) => {
        exchangeOf(values)
        return { statuses: Object.fromEntries([...this.#services].map(service => [service, { status: this.#statusOf(service) }])) }
      },
      watch: ({ service }, { signal, values }) => {
        exchangeOf(values)
        return this.#watch(service, signal)
      }
    }
  }

  async * #watch (service: string, signal: AbortSignal) {
    yield { status: this.#statusOf(service) }
    if (!this.#isServing) return
    await this.#changed(signal)
    if (!signal.aborted) yield { status: this.#statusOf(service) }
  }

  #statusOf (service: string): Serving {
    if (!this.#services.has(service)) return Serving.SERVICE_UNKNOWN
    return this.#isServing ? Serving.SERVING : Serving.NOT_SERVING
  }

  #changed (signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#onChange.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      if (signal.aborted) return resolve()
      this.#onChange.add(done)
      signal.addEventListener('abort', done)
    })
  }
}
