export type Deferred<T> = {
  readonly promise: Promise<T>
  resolve (value: T): void
  reject (error: unknown): void
}

/** A promise that is settled from outside. Nobody has to listen: a rejection without listeners is no fault. */
export function deferred<T> (): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = () => {}
  let reject: Deferred<T>['reject'] = () => {}
  const promise = new Promise<T>((_resolve, _reject) => {
    resolve = _resolve
    reject = _reject
  })
  return {
    promise,
    resolve,
    reject: error => {
      promise.catch(() => {})
      reject(error)
    }
  }
}
