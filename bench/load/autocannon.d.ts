declare module 'autocannon' {
  type Options = {
    url: string
    method: 'POST'
    headers: Record<string, string>
    body: string
    connections: number
    /** In seconds. */
    duration?: number
    /** Requests, instead of a duration. */
    amount?: number
  }
  type Result = { '2xx': number, non2xx: number, errors: number, mismatches: number, duration: number, latency: { p50: number, p99: number } }
  export default function autocannon (options: Options): Promise<Result>
}
