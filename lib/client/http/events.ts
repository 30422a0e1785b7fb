/** Server-sent events as they come, those of a chunk together, bounded in size. */
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { ClientError } from '../errors.ts'
import { networkError, type HttpRequest, type HttpResponse } from './exchange.ts'

/**
 * @param maxSize bytes that one event may have
 * @param onChunk told of every sign of life
 * @throws ClientError A2A_ERR_NETWORK when the connection breaks; its end in the middle of an event is no error
 */
export async function * readEvents (request: HttpRequest, { body }: HttpResponse, maxSize: number, onChunk: () => void): AsyncGenerator<EventSourceMessage[], void, void> {
  const decoder = new TextDecoder()
  let events: EventSourceMessage[] = []
  let failure: ClientError | undefined
  const parser = createParser({
    maxBufferSize: maxSize,
    onEvent: event => { events.push(event) },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') failure = new ClientError('A2A_ERR_TOO_LARGE', `An event of ${request.url} is larger than ${maxSize} bytes`)
    }
  })
  try {
    for await (const chunk of body) {
      onChunk()
      parser.feed(decoder.decode(chunk, { stream: true }))
      if (events.length > 0) {
        const ready = events
        events = []
        yield ready
      }
      if (failure !== undefined) throw failure
    }
  } catch (error) {
    throw networkError(error, request)
  }
}
