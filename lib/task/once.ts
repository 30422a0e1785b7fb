/** Something that comes to pass once, or fails to. Its promise is made when somebody first asks for it. */
export class Once<T> {
  #outcome: { readonly value: T } | { readonly error: unknown } | undefined
  #promise: Promise<T> | undefined
  #resolve: ((value: T) => void) | undefined
  #reject: ((error: unknown) => void) | undefined

  get promise (): Promise<T> {
    this.#promise ??= this.#make()
    return this.#promise
  }

  get isSettled (): boolean {
    return this.#outcome !== undefined
  }

  resolve (value: T): void {
    if (this.#outcome !== undefined) return
    this.#outcome = { value }
    this.#resolve?.(value)
  }

  /** Nobody has to listen: a rejection without listeners is no fault. */
  reject (error: unknown): void {
    if (this.#outcome !== undefined) return
    this.#outcome = { error }
    this.#promise?.catch(() => {})
    this.#reject?.(error)
  }

  #wait (): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  #make (): Promise<T> {
    const outcome = this.#outcome
    if (outcome === undefined) return this.#wait()
    if ('value' in outcome) return Promise.resolve(outcome.value)
    const failed = Promise.reject<T>(outcome.error)
    failed.catch(() => {})
    return failed
  }
}
