import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { MisuseError } from '../lib/agent/errors.ts'
import { A2AError } from '../lib/protocol/errors.ts'
import { pushHeaders } from '../lib/push/delivery.ts'
import { checkRegistered, createSignatureCheck, header, type Proofs } from '../lib/push/receiver/authenticity.ts'
import { readNotification, type PushNotification } from '../lib/push/receiver/notification.ts'
import { Readers, type PushNotifications } from '../lib/push/receiver/readers.ts'
import { Seen } from '../lib/push/receiver/seen.ts'
import { fromHttpError, sayWhenToRetry, statusOf } from './http-errors.ts'

export type { PushNotification } from '../lib/push/receiver/notification.ts'
export type { PushNotifications, ReadOptions } from '../lib/push/receiver/readers.ts'

/** At least one of `token`, `authentication` and `signature` is needed; of those that are given, all must be right. */
export type PushReceiverOptions = Proofs & {
  /** Where agents send notifications to. Default: `/a2a/notifications`. */
  path?: string
  /** Whether a task is one of ours (A2A 1.0 §13.2). Default: every task whose notification is authentic. */
  expects?: (taskId: string) => boolean | Promise<boolean>
  /**
   * Takes a notification. The agent is told that it has arrived when this resolves, and sends it again when it rejects.
   * Without a handler, somebody must be reading `fastify.a2aNotifications`.
   */
  handler?: (notification: PushNotification) => void | Promise<void>
  /** Deliveries that are known when they come again. */
  remember?: {
    /** For how long, in ms. Default: 86,400,000, one day: as long as an agent tries. */
    ttl?: number
    /** How many. Default: 100,000. */
    max?: number
  }
  /** Notifications that may wait for one reader: the agent is asked to come back later with more. Default: 1,000. */
  buffer?: number
  /** Bytes of a notification. Default: 10 MiB. */
  bodySize?: number
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Push notifications as they come, of all receivers of this server. */
    a2aNotifications: PushNotifications
  }
}

const MiB = 1024 * 1024

/** The client's side of push notifications: receives them, checks them, and hands each on once. */
const plugin: FastifyPluginAsync<PushReceiverOptions> = async (fastify, options) => {
  const { path = '/a2a/notifications', expects, handler, remember = {}, buffer = 1000, bodySize = 10 * MiB, ...proofs } = options
  if (proofs.token === undefined && proofs.authentication === undefined && proofs.signature === undefined) {
    throw new MisuseError('A2A_ERR_OPTIONS', 'push receiver options: token, authentication or signature is missing: without any of them, anybody could send notifications')
  }
  const checkSignature = proofs.signature && createSignatureCheck(proofs.signature)
  const seen = new Seen({ ttl: remember.ttl ?? 86_400_000, max: remember.max ?? 100_000 })
  const readers = readersOf(fastify, buffer)

  await fastify.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodySize }, (_request, body, done) => done(null, body))
    scope.setErrorHandler<FastifyError>((error, request, reply) => fail(request, reply, fromHttpError(error)))
    scope.post(path, { bodyLimit: bodySize }, async (request, reply) => {
      const notification = await authenticate(request)
      const work = async () => await take(notification)
      if (notification.id === undefined) await work()
      else if (!await seen.once(notification.id, work)) request.log.debug({ taskId: notification.taskId, id: notification.id }, 'a push notification came again')
      return reply.code(204).send()
    })
  })

  /** @throws A2AError when it is not authentic, or not meant for us */
  async function authenticate ({ headers, body }: FastifyRequest): Promise<PushNotification> {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
    const signed = await checkSignature?.(headers, bytes)
    const read = readNotification(bytes.toString('utf8'))
    await checkRegistered(proofs, read.taskId, headers)
    if (expects !== undefined && !await expects(read.taskId)) throw new A2AError('TaskNotFoundError')
    return { ...read, id: signed?.id ?? header(headers, pushHeaders.id), issuer: signed?.issuer, receivedAt: Date.now() }
  }

  async function take (notification: PushNotification): Promise<void> {
    const { taskId } = notification
    if (readers.isFull(taskId)) throw new A2AError('ResourceExhaustedError', undefined, { retryAfter: 1000 })
    if (handler === undefined && !readers.has(taskId)) throw new A2AError('UnavailableError', 'Nobody takes notifications right now', { retryAfter: 1000 })
    await handler?.(notification)
    readers.publish(notification)
  }
}

function fail (request: FastifyRequest, reply: FastifyReply, error: A2AError): FastifyReply {
  if (error.name === 'InternalError') request.log.error({ err: error.cause ?? error }, 'a push notification could not be taken')
  else request.log.warn({ err: error }, 'a push notification was refused')
  sayWhenToRetry(reply, error)
  return reply.code(error.statusCode).send(statusOf(error))
}

/** One for the server: receivers differ in whom they trust, not in who reads. */
function readersOf (fastify: FastifyInstance, buffer: number): Readers {
  if (fastify.hasDecorator('a2aNotifications')) {
    const known = fastify.a2aNotifications
    if (known instanceof Readers) return known
  }
  const readers = new Readers(buffer)
  fastify.decorate('a2aNotifications', readers)
  fastify.addHook('preClose', async () => readers.close())
  return readers
}

export default fp(plugin, { name: 'fastify-a2a-push-receiver', fastify: '5.x' })
