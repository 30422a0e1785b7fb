import { gunzip, inflate } from 'node:zlib'
import { promisify } from 'node:util'
import { A2AError } from '../../../lib/protocol/errors.ts'

/** A flag and a length go before each message. */
export const prefixSize = 5

/** What `grpc-encoding` may say. */
const decoders: ReadonlyMap<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = new Map([
  ['gzip', promisify(gunzip) as (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>],
  ['deflate', promisify(inflate) as (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>]
])

export const acceptedEncodings = ['identity', ...decoders.keys()].join(',')

/**
 * The one message of a call.
 * @param size the largest that is taken, in bytes
 * @throws A2AError when there is none, or more, or it is too large
 */
export function readFrame (body: Buffer, encoding: string | undefined, size: number): Buffer | Promise<Buffer> {
  if (body.length < prefixSize) throw new A2AError('InvalidRequestError', 'The request holds no message')
  const length = body.readUInt32BE(1)
  if (length > size) throw tooLarge(size)
  if (body.length < prefixSize + length) throw new A2AError('InvalidRequestError', 'The message is shorter than announced')
  if (body.length > prefixSize + length) throw new A2AError('InvalidRequestError', 'The request holds more than one message')
  const message = body.subarray(prefixSize)
  return body[0] === 0 ? message : decompress(message, encoding, size)
}

/** @param messages encoded @returns what goes on the wire */
export function writeFrames (messages: readonly Uint8Array[]): Buffer {
  const frames = Buffer.allocUnsafe(messages.reduce((sum, { length }) => sum + prefixSize + length, 0))
  let at = 0
  for (const message of messages) {
    frames[at] = 0
    frames.writeUInt32BE(message.length, at + 1)
    frames.set(message, at + prefixSize)
    at += prefixSize + message.length
  }
  return frames
}

async function decompress (message: Buffer, encoding: string = '', size: number): Promise<Buffer> {
  const decoder = decoders.get(encoding)
  if (decoder === undefined) throw new A2AError('MethodNotFoundError', `The message is compressed, and grpc-encoding is none of ${acceptedEncodings}`)
  try {
    return await decoder(message, { maxOutputLength: size })
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(size)
    throw new A2AError('InvalidRequestError', `The message is not ${encoding}`, { cause })
  }
}

function tooLarge (size: number): A2AError {
  return new A2AError('ResourceExhaustedError', `The message is larger than ${size} bytes`)
}
