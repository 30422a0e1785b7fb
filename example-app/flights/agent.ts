/** Who serves what names no skill: a model where the environment has the key of one, else the planner. */
import type { Executor, Route } from '../../plugins/index.ts'
import { findModel } from '../shared/model.ts'
import { intentOf, planner } from './planner.ts'

const { model, note } = await findModel(process.env)

export { note }

const executor: Executor = model === undefined ? planner : (await import('./assistant.ts')).assistant(model)

export default executor

/** A model gets every message that names no skill. Without one, a message goes to the skill that its words mean. */
export const route: Route = ({ message: { parts } }) =>
  model === undefined ? intentOf(parts.flatMap(({ text }) => text ?? []).join('\n')) : undefined
