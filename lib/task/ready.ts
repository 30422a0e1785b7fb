/** Answered where there is nothing to wait for: who is given this very promise need not wait for it. */
export const ready = Promise.resolve()
