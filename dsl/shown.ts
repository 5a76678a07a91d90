/** Values as messages show them. */
import { isTensor } from './tensor.js'

/** `Float32Array`, …: the class of a typed array, also of one from another realm; undefined for all else. */
export const arrayClassOf = (x: unknown): string | undefined =>
  ArrayBuffer.isView(x) && !(x instanceof DataView)
    ? (x as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag]
    : undefined

/** Whether it is a list of values: an array or a typed array. */
export const isList = (x: unknown): x is ArrayLike<unknown> =>
  Array.isArray(x) || arrayClassOf(x) !== undefined

/** `a Map`, `an ArrayBuffer`, `a Generator`: an object of a class of the language or of its place; undefined for records. */
export const kindOf = (x: object): string | undefined => {
  const name = Object.prototype.toString.call(x).slice('[object '.length, -1)
  if (name === 'Object' || name === 'Module') return undefined
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`
}

/** A value as messages show it: with the word for its kind where its text could be a number's. */
export const shown = (x: unknown): string => {
  if (x === null || x === undefined) return String(x)
  switch (typeof x) {
    case 'string':
      return `the string '${x}'`
    case 'bigint':
      return `the bigint ${x}n`
    case 'boolean':
      return `the boolean ${x}`
    case 'object':
      return isTensor(x) ? 'a tensor' : isList(x) ? 'an array' : (kindOf(x) ?? 'an object')
    case 'function':
      return 'a function'
    default:
      return String(x)
  }
}
