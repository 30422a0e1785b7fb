import { randomUUID } from 'node:crypto'
import type { Struct } from '../../schemas/v1/common.ts'
import { timestamp as now } from '../task/clock.ts'
import { defineExtension, type Extension } from './extension.ts'

export const traceabilityUri = 'https://github.com/a2aproject/a2a-samples/extensions/traceability/v1'
const field = 'github.com/a2aproject/a2a-samples/extensions/traceability/v1/traceability'

/** A call of a tool, or of an agent; `responseTrace` is what an agent with this extension has answered of its own steps. */
export type TraceCall =
  | { tool: string, parameters?: Struct }
  | { agent: string, url: string, requests?: Struct, responseTrace?: Struct }

export type TraceResult = { cost?: number, totalTokens?: number, attributes?: Readonly<Record<string, string>>, responseTrace?: Struct }

export type TraceStep = {
  readonly stepId: string
  /** The call is over; what is left out is not known. */
  end (result?: TraceResult): void
}

/** The calls that an agent makes in one turn. */
export type Trace = {
  readonly traceId: string
  /** @param parent the step in which this call is made */
  step (call: TraceCall, parent?: TraceStep): TraceStep
}

/** `ResponseTrace` as ProtoJSON writes it. */
type Step = Struct & { latency?: string }

class RequestTrace implements Trace {
  readonly traceId = randomUUID()
  readonly #steps: Step[] = []

  step (call: TraceCall, parent?: TraceStep): TraceStep {
    const stepId = randomUUID()
    const begun = Date.now()
    const step: Step = {
      stepId,
      traceId: this.traceId,
      ...parent !== undefined && { parentStepId: parent.stepId },
      ...actionOf(call),
      startTime: now()
    }
    this.#steps.push(step)
    return {
      stepId,
      end: ({ cost, totalTokens, attributes, responseTrace } = {}) => {
        // ProtoJSON has int64 as strings.
        if (cost !== undefined) step.cost = String(Math.round(cost))
        if (totalTokens !== undefined) step.totalTokens = String(Math.round(totalTokens))
        if (attributes !== undefined) step.additionalAttributes = { ...attributes }
        if (responseTrace !== undefined && 'agent' in call) Object.assign(step, actionOf({ ...call, responseTrace }))
        step.latency = String(Date.now() - begun)
        step.endTime = now()
      }
    }
  }

  /** As it stands; undefined when nothing was called. */
  toJSON (): Struct | undefined {
    return this.#steps.length === 0 ? undefined : { traceId: this.traceId, steps: structuredClone(this.#steps) }
  }
}

/**
 * Says by which calls of tools and agents an answer came about, in the metadata of artifacts and of the last message: as published
 * in a2aproject/a2a-samples. An executor writes them down: `traceability.of(task)?.step({ tool: 'search' })`.
 */
export const traceability: Extension<Trace> = defineExtension<RequestTrace>({
  uri: traceabilityUri,
  description: 'Adds to answers the calls of tools and agents that led to them',
  onRequest: () => new RequestTrace(),
  onEvent (event, { state }) {
    const trace = state.toJSON()
    if (trace === undefined) return undefined
    if ('message' in event) return { message: traced(event.message, trace) }
    if ('artifactUpdate' in event) {
      const { artifactUpdate } = event
      // The chunks between the first and the last add nothing that those do not say.
      if (artifactUpdate.append === true && artifactUpdate.lastChunk !== true) return undefined
      return { artifactUpdate: { ...artifactUpdate, artifact: traced(artifactUpdate.artifact, trace) } }
    }
    const { status } = event.statusUpdate
    return status.message === undefined ? undefined : { statusUpdate: { ...event.statusUpdate, status: { ...status, message: traced(status.message, trace) } } }
  }
})

function traced<T extends { metadata?: Struct, extensions?: string[] }> (item: T, trace: Struct): T {
  return { ...item, metadata: { ...item.metadata, [field]: trace }, extensions: [...new Set([...item.extensions ?? [], traceabilityUri])] }
}

function actionOf (call: TraceCall): Struct {
  if ('tool' in call) {
    const { tool, parameters } = call
    return { callType: 'TOOL', stepAction: { toolInvocation: { toolName: tool, ...parameters !== undefined && { parameters } } } }
  }
  const { agent, url, requests, responseTrace } = call
  return {
    callType: 'AGENT',
    stepAction: { agentInvocation: { agentUrl: url, agentName: agent, ...requests !== undefined && { requests }, ...responseTrace !== undefined && { responseTrace } } }
  }
}
