/** The option `push`, and what becomes of it. */
import type { StreamResponse } from '../../schemas/v1/common.ts'
import { pushDefaults as defaults } from '../../schemas/push-options.ts'
import { given } from '../agent/options/given.ts'
import type { KeySources } from '../security/keys/signing-key.ts'

/** `status`: each status, and the new task. `artifact`: artifacts that are complete. `chunk`: each update of an artifact. */
export type PushEventKind = 'status' | 'artifact' | 'chunk'

export type PushOptions = {
  /**
   * Seals what clients have confided to the agent: 32 bytes in base64. Of several, the first one seals, and all of them open.
   * Default: a key of this process, with the memory store; other stores outlive it, and need one.
   */
  key?: string | string[]
  /** What is worth a notification. Default: `status` and `artifact`. */
  events?: PushEventKind[] | ((event: StreamResponse) => boolean)
  /** Where notifications may go. Default: https, and public addresses alone. */
  targets?: {
    /** Whether `http:` will do, too. Default: false. */
    http?: boolean
    /** Hosts (`hooks.example.com`, `*.example.com`) and addresses (`10.1.0.0/16`) that may be reached although they are not public. */
    allow?: string[]
    /** Where given, nothing else may be reached. */
    only?: string[]
  }
  /** For one attempt, in ms. Default: 15,000. */
  timeout?: number
  /** When a delivery is tried again, and when it is given up. */
  retry?: {
    /** Default: 15. */
    attempts?: number
    /** Before the second attempt, in ms; twice as long before each further one. Default: 1,000. */
    minDelay?: number
    /** In ms. Default: 3,600,000, one hour. */
    maxDelay?: number
    /** How long it is tried, in ms. Default: 86,400,000, one day. */
    maxAge?: number
  }
  /** When a host is left alone. */
  circuit?: {
    /** Failures in a row. Default: 5. */
    failures?: number
    /** For how long, in ms. Default: 30,000. */
    pause?: number
  }
  /** Deliveries to one host at once. Default: 8. */
  concurrency?: number
  /** Configurations of one task. Default: 16. */
  configs?: number
  /** Bytes of one notification. Default: 1 MiB. */
  bodySize?: number
  /** Whether Get and List answer with `token` and `authentication.credentials`. Default: false. */
  revealSecrets?: boolean
  /** How often deliveries that other replicas left are looked for, in ms. Default: 1,000. */
  poll?: number
  /** Signs notifications, and publishes the keys. Default: false. */
  sign?: boolean | {
    /**
     * Private keys, the one that signs first; or a function that answers them, which is asked again from time to time.
     * Default: those of `signing`, else a key of this process.
     */
    keys?: KeySources
    /** Who signs. Default: the URL of the agent. */
    issuer?: string
    /** Where the public keys are, under the prefix. Default: `/.well-known/jwks.json`. */
    path?: string
    /** How long a signature holds, in ms. Default: 300,000. */
    ttl?: number
  }
}

export type SignSettings = {
  /** Undefined: those of `signing`, else a key of this process. */
  readonly keys: KeySources | undefined
  readonly issuer: string | undefined
  readonly path: string
  readonly ttl: number
}

/** The option with every default applied. */
export type PushSettings = {
  /** None: a key of this process. */
  readonly keys: readonly Uint8Array[]
  readonly events: readonly PushEventKind[] | ((event: StreamResponse) => boolean)
  readonly targets: { readonly http: boolean, readonly allow: readonly string[], readonly only?: readonly string[] }
  readonly timeout: number
  readonly retry: Readonly<Required<NonNullable<PushOptions['retry']>>>
  readonly circuit: Readonly<Required<NonNullable<PushOptions['circuit']>>>
  readonly concurrency: number
  readonly configs: number
  readonly bodySize: number
  readonly revealSecrets: boolean
  readonly poll: number
  readonly sign: SignSettings | undefined
}

/** Undefined where nothing is pushed. @param option checked already */
export function resolvePush (option: boolean | PushOptions = false): PushSettings | undefined {
  if (option === false) return undefined
  const { key = [], events, targets, retry, circuit, sign, ...rest } = option === true ? {} : option
  const { timeout, concurrency, configs, bodySize, revealSecrets, poll } = { ...defaults, ...given(rest) }
  return Object.freeze({
    keys: [key].flat().map(text => Buffer.from(text, 'base64')),
    events: events ?? defaults.events,
    targets: Object.freeze({ http: false, allow: [], ...given(targets) }),
    timeout,
    retry: Object.freeze({ ...defaults.retry, ...given(retry) }),
    circuit: Object.freeze({ ...defaults.circuit, ...given(circuit) }),
    concurrency,
    configs,
    bodySize,
    revealSecrets,
    poll,
    sign: resolveSign(sign)
  })
}

function resolveSign (option: PushOptions['sign'] = false): SignSettings | undefined {
  if (option === false) return undefined
  const { keys, issuer, path, ttl } = { ...defaults.sign, ...given(option === true ? {} : option) }
  return Object.freeze({ keys, issuer, path, ttl })
}
