import { StoreUnavailableError } from '../../task/store-errors.ts'

/** Tries again what fails because the store is away, for so many ms at most. */
export async function outlasting<T> (outage: number, isOver: () => boolean, work: () => Promise<T>): Promise<T> {
  for (let since: number | undefined; ;) {
    try {
      return await work()
    } catch (error) {
      since ??= Date.now()
      if (!(error instanceof StoreUnavailableError) || isOver() || Date.now() - since > outage) throw error
      await new Promise(resolve => setTimeout(resolve, 250))
    }
  }
}
