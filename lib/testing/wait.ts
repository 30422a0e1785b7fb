import { setTimeout as sleep } from 'node:timers/promises'

/** Rejects when `promise` takes longer than `patience` ms. */
export async function within<T> (patience: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing happened for ${patience} ms`)), patience)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until `probe` answers something. */
export async function eventually<T> (patience: number, what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + patience
  for (;;) {
    const found = await probe()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`${what}: not so after ${patience} ms`)
    await sleep(5)
  }
}

/** Waits until the clock shows a later time than `time` (ms since the epoch). */
export async function after (time: number): Promise<void> {
  while (Date.now() <= time) await sleep(1)
}

/** Lets others go on, for a random little while. */
export async function pause (): Promise<void> {
  if (Math.random() < 0.2) await sleep(1)
  else for (let i = Math.random() * 4; i > 1; i--) await new Promise(resolve => setImmediate(resolve))
}
