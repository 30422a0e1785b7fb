import Type from 'typebox'
import { closed, filled } from './option-forms.ts'

/** Names of schemes with scopes; all of them are needed. Also in the form of the card (A2A 1.0 §4.5). */
export const RequirementOptions = Type.Union([
  Type.Object({
    schemes: Type.Record(Type.String(), Type.Object({
      list: Type.Optional(Type.Array(Type.String(), { description: 'The scopes that are needed.' }))
    }, { ...closed, description: 'The scopes of this scheme.' }), { description: 'Security schemes by name; all of them are needed.' })
  }, { ...closed, description: 'Schemes that are needed together, in the form of the card.' }),
  Type.Record(Type.String(), Type.Array(Type.String(filled)), { expects: 'scopes by the names of schemes, as in { oauth: [\'flights\'] }', description: 'Scopes by the names of schemes; all of them are needed.' })
], { expects: 'scopes by the names of schemes, as in { oauth: [\'flights\'] }', description: 'Schemes that are needed together, with their scopes.' })
