/** An MCP server of the official SDK; on standard input and output when it is run. */
import { pathToFileURL } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'
import { stopped } from '../helpers/host.ts'

/** @param onCanceled told when a call of `wait` is cancelled */
export function weatherServer (onCanceled: () => void = () => {}): McpServer {
  const server = new McpServer({ name: 'weather', version: '2.1.0' }, { instructions: 'Weather of the world' })

  server.registerTool('get-forecast', {
    title: 'Forecast', description: 'The weather of a city', inputSchema: { city: z.string(), days: z.number().optional() }, outputSchema: { city: z.string(), degrees: z.number() }
  }, ({ city }) => {
    const structuredContent = { city, degrees: 20 }
    return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent }
  })

  server.registerTool('fail', { description: 'Fails' }, () => ({ isError: true, content: [{ type: 'text', text: 'No satellites' }] }))

  server.registerTool('map', { description: 'Draws', inputSchema: { from: z.string(), to: z.string() } }, ({ from, to }) => ({
    content: [
      { type: 'text', text: `From ${from} to ${to}` },
      { type: 'image', data: Buffer.from('PNG!').toString('base64'), mimeType: 'image/png' },
      { type: 'resource', resource: { uri: 'file:///maps/legend.txt', mimeType: 'text/plain', text: 'A legend' } },
      { type: 'resource_link', uri: 'https://maps.example/all.pdf', name: 'All maps', mimeType: 'application/pdf' }
    ]
  }))

  server.registerTool('wait', { description: 'Waits until it is cancelled' }, async ({ signal, sendNotification, _meta }) => {
    if (_meta?.progressToken !== undefined) await sendNotification({ method: 'notifications/progress', params: { progressToken: _meta.progressToken, progress: 1, message: 'Waiting' } })
    await stopped(signal)
    onCanceled()
    return { content: [] }
  })

  server.registerTool('learn', { description: 'Learns another tool' }, () => {
    server.registerTool('learned', { description: 'Was learned' }, () => ({ content: [{ type: 'text', text: 'learned' }] }))
    return { content: [{ type: 'text', text: 'ok' }] }
  })

  server.registerTool('die', { description: 'Dies' }, () => process.exit(1))
  server.registerTool('pid', { description: 'Says who it is' }, () => ({ content: [{ type: 'text', text: String(process.pid) }] }))
  return server
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await weatherServer().connect(new StdioServerTransport())
