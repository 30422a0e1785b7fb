import { useCallback, useEffect, useReducer, useRef } from 'preact/hooks'
import type { Message, Part, StreamResponse } from '../../../../schemas/v1/common.ts'
import { converse, retrace, type FollowOptions } from '../a2a/follow.ts'
import { newId } from '../a2a/ids.ts'
import { call, codes, RpcError } from '../a2a/rpc.ts'
import { tell } from './tell.ts'
import { noTrip, type Trip } from './trip.ts'

export type TripActions = {
  /** Begins a trip; the one before is left to itself. */
  plan (wish: string): void
  /** Answers what was asked. */
  answer (part: Part): void
  cancel (): void
  /** Leaves the trip, and begins again with an empty page. */
  forget (): void
}

/** The trip that is being planned. It is named in the URL, and found there again when the page is reloaded. */
export function useTrip (): [Trip, TripActions] {
  const [trip, dispatch] = useReducer(tell, noTrip)
  const reading = useRef(new AbortController())

  const follow = useCallback(async (open: (options: FollowOptions) => AsyncIterable<StreamResponse>) => {
    reading.current.abort()
    const { signal } = reading.current = new AbortController()
    try {
      const onConnection = (isConnected: boolean) => dispatch({ type: 'connection', isConnected })
      for await (const event of open({ signal, onConnection })) dispatch({ type: 'event', event, at: now() })
    } catch (error) {
      if (!signal.aborted) dispatch({ type: 'broken', reason: reasonOf(error) })
    }
  }, [])

  const send = (message: Pick<Message, 'parts' | 'taskId' | 'contextId'>) => {
    const request = { message: { messageId: newId(), role: 'ROLE_USER' as const, ...message } }
    dispatch({ type: 'sent', request, at: now() })
    void follow(options => converse(request, options))
  }

  useEffect(() => {
    const open = () => {
      const taskId = taskInUrl()
      if (taskId === undefined) return
      dispatch({ type: 'reopened', taskId })
      void follow(options => retrace(taskId, options))
    }
    open()
    addEventListener('hashchange', open)
    return () => removeEventListener('hashchange', open)
  }, [follow])

  useEffect(() => {
    // Unlike an assignment, this tells no listener: the trip is open already.
    if (trip.taskId !== undefined) history.replaceState(null, '', `#task=${encodeURIComponent(trip.taskId)}`)
  }, [trip.taskId])

  return [trip, {
    plan: wish => send({ parts: [{ text: wish }] }),
    answer: part => {
      const { taskId, contextId } = trip
      send({ parts: [part], ...taskId !== undefined && { taskId }, ...contextId !== undefined && { contextId } })
    },
    cancel: () => {
      const { taskId } = trip
      if (taskId === undefined) return
      call('CancelTask', { id: taskId }).then(
        task => dispatch({ type: 'event', event: { task }, at: now() }),
        error => {
          // It has ended meanwhile, as its stream says.
          if (error instanceof RpcError && error.code === codes.taskNotCancelable) return
          dispatch({ type: 'notice', text: `The trip could not be canceled. ${reasonOf(error)}` })
        }
      )
    },
    forget: () => {
      reading.current.abort()
      history.replaceState(null, '', location.pathname)
      dispatch({ type: 'forgotten' })
    }
  }]
}

function taskInUrl (): string | undefined {
  return new URLSearchParams(location.hash.slice(1)).get('task') ?? undefined
}

function reasonOf (error: unknown): string {
  if (!(error instanceof RpcError)) return 'The coordinator can\'t be reached. Is it still running?'
  return error.code === codes.taskNotFound ? 'The coordinator knows nothing of this trip any more.' : error.message
}

function now (): string {
  return new Date().toISOString()
}
