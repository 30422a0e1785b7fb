import type { JWK } from 'jose'
import { MisuseError } from '../../agent/errors.ts'
import { readSigningKey, type KeySource, type KeySources, type SigningKey } from './signing-key.ts'

export type RingTimes = {
  /** How long a key has been published before it signs. */
  readonly lead: number
  /** How long a key is still published after it was withdrawn. */
  readonly keep: number
  /** How often keys are asked for. */
  readonly refresh: number
}

/** In ms: readers of the route may keep what they got for five minutes. */
const usualTimes: RingTimes = { lead: 600_000, keep: 3_600_000, refresh: 60_000 }

type RingKey = {
  readonly key: SigningKey
  /** When it was first published. */
  readonly since: number
  /** When it was withdrawn. */
  readonly gone: number | undefined
}

/** Keys that come and go without a gap: each is published before it signs alone, and after it has. */
export class KeyRing {
  readonly #source: KeySources
  readonly #option: string
  readonly #times: RingTimes
  readonly #now: () => number
  /** In the order of the source; then those that were withdrawn. */
  #keys: RingKey[] = []
  #refreshing: Promise<void> | undefined
  #refreshedAt = -Infinity

  /** @param option where the keys stand in the options, for errors */
  constructor (source: KeySources, option: string, times: RingTimes = usualTimes, now: () => number = Date.now) {
    this.#source = source
    this.#option = option
    this.#times = times
    this.#now = now
  }

  /** How long an answer of this ring may be used, in ms. */
  get lifetime (): number {
    return typeof this.#source === 'function' ? this.#times.refresh : Infinity
  }

  /** The first key that readers know by now. @throws MisuseError when there is none */
  async signing (): Promise<SigningKey> {
    await this.#refreshWhenDue()
    const there = this.#keys.filter(({ gone }) => gone === undefined)
    const [first] = there
    if (first === undefined) throw this.#misuse('answered no key')
    return (there.find(({ since }) => since + this.#times.lead <= this.#now()) ?? first).key
  }

  /** All keys that are there now: where each of them signs, one that a reader knows is among them. @throws MisuseError */
  async present (): Promise<SigningKey[]> {
    await this.#refreshWhenDue()
    const there = this.#keys.filter(({ gone }) => gone === undefined)
    if (there.length === 0) throw this.#misuse('answered no key')
    return there.map(({ key }) => key)
  }

  async published (): Promise<JWK[]> {
    await this.#refreshWhenDue()
    return this.#keys.map(({ key }) => key.public)
  }

  /** @throws MisuseError when a key is none, or can't sign */
  async refresh (): Promise<void> {
    const now = this.#now()
    const isFirst = this.#keys.length === 0
    const given = typeof this.#source === 'function' ? await this.#source() : this.#source
    const known = new Map(this.#keys.map(entry => [entry.key.kid, entry]))
    const read = await Promise.all(given.map(source => this.#read(source)))
    // What was there when the process began may have been there for long.
    const keys = read.map(key => ({ key, since: known.get(key.kid)?.since ?? (isFirst ? -Infinity : now), gone: undefined }))
    const withdrawn = this.#keys
      .filter(({ key: { kid } }) => keys.every(({ key }) => key.kid !== kid))
      .map(entry => ({ ...entry, gone: entry.gone ?? now }))
      .filter(({ gone }) => gone + this.#times.keep > now)
    this.#keys = [...keys, ...withdrawn]
    this.#refreshedAt = now
  }

  async #read (source: KeySource): Promise<SigningKey> {
    try {
      return await readSigningKey(source)
    } catch (cause) {
      throw this.#misuse(`holds a key that can't sign: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
    }
  }

  /** Keys that can't be had now are those of before. */
  async #refreshWhenDue (): Promise<void> {
    if (typeof this.#source !== 'function' || this.#now() - this.#refreshedAt < this.#times.refresh) return
    this.#refreshing ??= this.refresh().catch(() => { this.#refreshedAt = this.#now() }).finally(() => { this.#refreshing = undefined })
    await this.#refreshing
  }

  #misuse (text: string, cause?: unknown): MisuseError {
    return new MisuseError('A2A_ERR_OPTIONS', `a2a options: ${this.#option} ${text}`, { cause })
  }
}
