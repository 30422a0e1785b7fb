import { _, type Ajv, type KeywordCxt } from 'ajv'

/**
 * Has `oneOf: [{ required: ['text'] }, ...]`, a oneof of the proto, counted: Ajv itself tries each variant and makes an error of each that it is
 * not, which is most of what it takes to check a message. Other unions are tried, as ever.
 */
export function countOneOfs (ajv: Ajv): Ajv {
  const standard = ajv.getKeyword('oneOf')
  if (typeof standard === 'boolean' || !('code' in standard)) throw new TypeError('this Ajv does not know oneOf')
  ajv.removeKeyword('oneOf')
  const { keyword, schemaType, trackErrors, error } = standard
  return ajv.addKeyword({
    keyword,
    schemaType,
    trackErrors,
    error,
    code (cxt, ruleType) {
      const names = memberNames(cxt.schema)
      if (names === undefined) standard.code(cxt, ruleType)
      else countMembers(cxt, names)
    }
  })
}

function countMembers (cxt: KeywordCxt, names: readonly string[]): void {
  const { data } = cxt
  const count = names.map(name => _`(${data}[${name}] === undefined ? 0 : 1)`).reduce((sum, one) => _`${sum} + ${one}`)
  cxt.setParams({ passing: _`null` })
  cxt.fail(_`typeof ${data} !== "object" || ${data} === null || ${count} !== 1`)
}

/** What each variant requires; undefined for a union of another kind. */
function memberNames (variants: ReadonlyArray<{ required?: readonly string[] }>): string[] | undefined {
  const names = variants.flatMap(variant => Object.keys(variant).length === 1 && variant.required?.length === 1 ? variant.required : [])
  return names.length === variants.length ? names : undefined
}
