const MiB = 1024 * 1024

/** Defaults of options that don't depend on others. */
export const defaults = {
  cardVersion: '1.0.0',
  modes: ['text/plain', 'application/json'],
  versions: ['1.0', '0.3'],
  bindings: ['JSONRPC', 'HTTP+JSON'],
  timeout: 3_600_000,
  idleTimeout: 0,
  cardMaxAge: 300,
  cardCors: false,
  cancelGrace: 3_000,
  shutdownGrace: 10_000,
  onCrash: 'fail',
  maxAttempts: 3,
  leaseTtl: 15_000,
  execution: 'process',
  replyWindow: 1_000,
  preview: { generation: false, longPoll: 30_000 },
  idempotencyTtl: 86_400_000,
  limits: {
    bodySize: 10 * MiB,
    jsonDepth: 100,
    parts: 1_000,
    history: 1_000,
    artifactSize: 64 * MiB,
    events: 100_000,
    turns: 1_000,
    turnsPerClient: 500,
    requestTime: 60_000,
    queuedTurns: 16,
    streams: 1_000,
    tenants: 1_000
  },
  stream: { heartbeat: 15_000, buffer: MiB, stall: 30_000 },
  grpc: { host: '127.0.0.1', reflection: true, maxConcurrentStreams: 1_000, maxHeaderSize: 16_384 },
  paths: { card: '/.well-known/agent-card.json', legacyCard: '/.well-known/agent.json', rpc: '/a2a' }
} as const
