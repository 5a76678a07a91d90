/** Values as plain JSON and back: what options of layers are made of. */
import { userFault } from '../../runtime/fault.js'
import { shown } from './shown.js'

/** What a file may hold of a model. */
export type Json = string | number | boolean | null | readonly Json[] | JsonRecord

export interface JsonRecord {
  readonly [key: string]: Json
}

/** How deep a description may be: far more than models are, far less than a stack holds. */
export const DEPTH_LIMIT = 100

export const isJsonRecord = (x: unknown): x is JsonRecord =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

/** Numbers that JSON does not have, and how they are spelled: `{ "number": "-0" }`. */
const SPELLED: ReadonlyMap<Json | undefined, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

const spelledNumber = (x: number): Json =>
  Number.isFinite(x) && !Object.is(x, -0) ? x : { number: Object.is(x, -0) ? '-0' : String(x) }

/** Where a value holds what is not data, and what that is. */
export class NotData {
  readonly path: readonly string[]
  readonly what: string

  constructor(path: readonly string[], what: string) {
    this.path = path
    this.what = what
  }
}

const isPlain = (x: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(x))

/** A value of numbers, strings, lists and records as JSON, or where it is something else. Entries of undefined are left out. */
export const plainOf = (value: unknown, path: readonly string[] = []): Json | NotData => {
  if (typeof value === 'number') return spelledNumber(value)
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (path.length > DEPTH_LIMIT) return new NotData(path.slice(0, 5), `nested more than ${DEPTH_LIMIT} deep`)
  if (Array.isArray(value)) {
    const list: Json[] = []
    for (const [i, x] of value.entries()) {
      const inner = plainOf(x, [...path, `${i}`])
      if (inner instanceof NotData) return inner
      list.push(inner)
    }
    return list
  }
  if (typeof value !== 'object' || !isPlain(value))
    return new NotData(path, typeof value === 'function' ? 'a function' : `of type ${typeof value}`)
  const entries: [string, Json][] = []
  for (const [key, x] of Object.entries(value)) {
    if (x === undefined) continue
    const inner = plainOf(x, [...path, key])
    if (inner instanceof NotData) return inner
    entries.push([key, inner])
  }
  return Object.fromEntries(entries)
}

/** The value that JSON of `plainOf` stands for. Throws `malformed-file` where it is too deep or has a prototype's key. */
export const fromPlain = (json: Json, what: string, depth = 0): unknown => {
  if (typeof json !== 'object' || json === null) return json
  if (depth > DEPTH_LIMIT) throw userFault('malformed-file', `${what} is nested too deep`)
  if (!isJsonRecord(json)) return json.map(x => fromPlain(x, what, depth + 1))
  if (Object.hasOwn(json, 'number')) {
    const number = SPELLED.get(json.number)
    if (number !== undefined) return number
  }
  if (Object.hasOwn(json, '__proto__'))
    throw userFault('malformed-file', `${what} has an entry under the name __proto__`)
  return Object.fromEntries(Object.entries(json).map(([key, x]) => [key, fromPlain(x, what, depth + 1)]))
}

/** Where two descriptions differ first, and what they hold there: `layers/1/units is 3, not 4`. */
export const differenceOf = (a: Json | undefined, b: Json | undefined, path = ''): string | undefined => {
  const [left, right] = [entriesOf(a), entriesOf(b)]
  if (left === undefined || right === undefined)
    return a === b ? undefined : `${path} is ${said(a)}, not ${said(b)}`
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const inner = differenceOf(left.get(key), right.get(key), path === '' ? key : `${path}/${key}`)
    if (inner !== undefined) return inner
  }
  return undefined
}

const entriesOf = (x: Json | undefined): ReadonlyMap<string, Json> | undefined =>
  typeof x === 'object' && x !== null ? new Map(Object.entries(x)) : undefined

const said = (x: Json | undefined): string => {
  if (x === undefined) return 'missing'
  return isJsonRecord(x) && typeof x.kind === 'string' ? `${x.kind}(…)` : shown(x)
}
