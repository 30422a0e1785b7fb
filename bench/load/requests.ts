/** JSON-RPC requests of A2A 1.0, the same for every server. */

export const headers = { 'content-type': 'application/json', 'a2a-version': '1.0' }

export function rpc (method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
}

/** @param text what the executor is to do: see servers/ours.ts */
export function send (method: 'SendMessage' | 'SendStreamingMessage', text: string, configuration: object = {}): string {
  return rpc(method, sendParams(text, configuration))
}

export function sendParams (text: string, configuration: object = {}): object {
  return { message: { messageId: 'b2f0c9a1-6d5e-4c1b-9f60-0a7f5a3d1c11', role: 'ROLE_USER', parts: [{ text }] }, configuration }
}

/** Asks once, outside of any measurement. @throws when the answer is an error */
export async function ask (port: number, body: string, more: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/a2a`, { method: 'POST', headers: { ...headers, ...more }, body })
  const text = await response.text()
  if (response.status !== 200 || text.includes('"error":{')) throw new Error(`${response.status} ${text}`)
  return text
}

export async function askTask (port: number, body: string): Promise<{ id: string }> {
  const { result } = JSON.parse(await ask(port, body)) as { result: { task: { id: string } } } // what a send answers
  return result.task
}
