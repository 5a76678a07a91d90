/**
 * The domains of options: for each function a table, total by type over its options, and the one check that reads it.
 * Every refusal is one sentence: `adam: learningRate is -1, expected a number of at least 0`.
 */
import { type Fault, FaultError, userFault } from '../runtime/fault.js'
import { ownOf } from '../runtime/own.js'
import { meant, nearest } from './names.js'
import { isList, shown } from './shown.js'

/** What is expected where a value is not in the domain, and what to write; undefined where it is. */
export type Refusal =
  | string
  | readonly [want: string, suggestion: string | undefined, at?: number | string]
  | undefined

/** The values that an option may have. */
export type Domain = (x: unknown) => Refusal

/** A domain for every option, required or not: a key that is missing or too much does not compile. */
export type Domains<Options> = { readonly [K in keyof Options]-?: Domain }

/** A table as the check reads it. */
type Table = Readonly<Record<string, Domain>>

const numbers =
  (want: string, has: (x: number) => boolean): Domain =>
  x =>
    typeof x === 'number' && has(x) ? undefined : want

export const finite = numbers('a finite number', Number.isFinite)
/** Rates, factors of penalties, tolerances. */
export const notNegative = numbers('a number of at least 0', x => x >= 0 && Number.isFinite(x))
export const aboveZero = numbers('a number above 0', x => x > 0 && Number.isFinite(x))
/** A share that may be nothing or all. */
export const fraction = numbers('a number from 0 to 1', x => x >= 0 && x <= 1)
/** How much of the old remains in a moving average that is corrected for its start. */
export const decay = numbers('a number from 0 to below 1', x => x >= 0 && x < 1)
export const count = numbers('a positive whole number', x => Number.isSafeInteger(x) && x > 0)
export const countOrNone = numbers('a whole number, 0 or more', x => Number.isSafeInteger(x) && x >= 0)
export const wholeNumber = numbers('a whole number', Number.isSafeInteger)

/** A share that leaves something on both sides; 20 was meant as 20 %. */
export const share: Domain = x => {
  if (typeof x === 'number' && x > 0 && x < 1) return undefined
  const want = 'a share between 0 and 1'
  return typeof x === 'number' && x >= 2 && x < 100 ? [want, `write ${x / 100} for ${x} %`] : want
}

export const flag: Domain = x => (typeof x === 'boolean' ? undefined : 'true or false')
export const text: Domain = x => (typeof x === 'string' ? undefined : 'a string')
const isDim = (x: unknown): boolean => typeof x === 'number' || typeof x === 'string'
/** Which numbers are sizes is checked with the shapes, in the sentences of the types. */
export const dims: Domain = x =>
  Array.isArray(x) && x.every(isDim) ? undefined : 'a list of positive whole numbers and symbols'
/** One dimension may stand for a list of it. */
export const dimOrDims: Domain = x =>
  isDim(x) || dims(x) === undefined ? undefined : 'a positive whole number, a symbol, or a list of those'
/** Checked where it is used, with sentences of its own. */
export const checkedElsewhere: Domain = () => undefined

/** One of some words, the keys of a table that is total over their type. */
export const oneOf = <Word extends string>(table: Readonly<Record<Word, unknown>>): Domain => {
  const words = Object.keys(table)
  const quoted = words.map(word => `'${word}'`)
  const want = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  return x => {
    if (typeof x !== 'string') return want
    if (words.includes(x)) return undefined
    const near = nearest(x, words)
    return near === undefined ? want : [want, `did you mean '${near}'?`]
  }
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !isList(x)

/** What to write where something is not yet what it holds: an Either, a promise, a function that was not called. */
const unwrapping = (x: unknown): string | undefined => {
  if (typeof x === 'function') return 'then' in x ? 'write await before it' : `call it: ${x.name || 'f'}()`
  if (!isRecord(x)) return undefined
  if (typeof x.then === 'function') return 'write await before it'
  return x._tag === 'Left' || x._tag === 'Right' ? 'write unwrap(…) around it' : undefined
}

/** An object that `has` what it needs, and that is not an Either or a promise. */
export const objectWith =
  (want: string, has: (x: Readonly<Record<string, unknown>>) => boolean): Domain =>
  x => {
    const suggestion = unwrapping(x)
    return suggestion === undefined && isRecord(x) && has(x) ? undefined : [want, suggestion]
  }

/** A name, checked where its table is, or an object that `has` what it needs. */
export const nameOr = (want: string, has: (x: Readonly<Record<string, unknown>>) => boolean): Domain => {
  const object = objectWith(want, has)
  return x => (typeof x === 'string' ? undefined : object(x))
}

/** What is given by name or as data, e.g. regularizers: their domain as an option, and the fault for other names. */
export interface Family {
  /** Throws that fault for a string that is not a name. */
  readonly domain: Domain
  readonly unknown: (name: unknown) => Fault
}

/** The family of `kind`; `makers` make its data, whose kinds `isKind` knows. */
export const family = (
  kind: string,
  names: readonly string[],
  isKind: (kind: string) => boolean,
  makers: string,
): Family => {
  const a = /^[aio]/.test(kind) ? 'an' : 'a'
  const unknown = (name: unknown): Fault =>
    userFault(`unknown-${kind}`, `${kind}: '${name}' is not ${a} ${kind}`, {
      suggestion: meant(String(name), names),
    })
  const want = `the name of ${a} ${kind}, or one that ${makers}`
  const object = objectWith(want, x => typeof x.kind === 'string')
  const domain: Domain = x => {
    const data = isRecord(x) && typeof x.kind === 'string' ? x.kind : undefined
    if (typeof x === 'string' ? !names.includes(x) : data !== undefined && !isKind(data))
      throw new FaultError(unknown(data ?? x))
    return typeof x === 'string' ? undefined : object(x)
  }
  return { domain, unknown }
}

/** A list of `want`, whose every element is in a domain; the first that is not is told. */
export const listOf = (want: string, element: Domain): Domain => {
  return x => {
    if (!Array.isArray(x)) return [`a list of ${want}`, `write [${typeof x === 'string' ? `'${x}'` : '…'}]`]
    const index = x.findIndex(each => element(each) !== undefined)
    if (index < 0) return undefined
    return refusalAt(index, element(x[index]))
  }
}

/** A record whose every value is in a domain; the first that is not is told. */
export const recordOf = (want: string, value: Domain, example: string): Domain => {
  return x => {
    if (!isRecord(x)) return [want, `write ${example}`]
    const found = Object.entries(x).find(([, each]) => each !== undefined && value(each) !== undefined)
    return found && refusalAt(found[0], value(found[1]))
  }
}

/** The refusal of a part of a value, under its index or its key. */
const refusalAt = (at: number | string, refused: Refusal = ''): Refusal =>
  typeof refused === 'string' ? [refused, undefined, at] : [refused[0], refused[1], at]

/** A value as these sentences show it. */
const told = (x: unknown): string =>
  typeof x === 'string' ? `'${x}'` : typeof x === 'boolean' ? String(x) : shown(x)

/** Refuses a value that is not in its domain. Throws `bad-option`. */
export const checkValue = (
  op: string,
  name: string,
  domain: Domain,
  x: unknown,
  code = 'bad-option',
): void => {
  const refused = domain(x)
  if (refused === undefined) return
  const [want, suggestion, at] = typeof refused === 'string' ? [refused, undefined] : refused
  const [what, value] = at === undefined ? [name, x] : [`${name}[${at}]`, Object(x)[at]]
  throw new FaultError(
    userFault(
      code,
      `${op}: ${what} is ${told(value)}, expected ${want}`,
      suggestion === undefined ? {} : { suggestion },
    ),
  )
}

/**
 * Refuses options that are not an object, that have a name which is not in the table, or a value outside of its domain.
 * `undefined` stands for what is left out. `hints` are words for names that people try. Throws `bad-option`, `unknown-option`.
 */
export const checkOptions = (
  op: string,
  table: Table,
  options: unknown,
  hints: Readonly<Record<string, string>> = {},
): void => {
  if (options === undefined) return
  const names = Object.keys(table)
  const object: Domain = x => (isRecord(x) ? undefined : ['an object', `write { ${names[0] ?? ''}: … }`])
  checkValue(op, 'the argument for options', object, options)
  for (const [name, value] of Object.entries(Object(options))) {
    const domain = ownOf(table, name)
    if (domain === undefined)
      throw new FaultError(
        userFault('unknown-option', `${op}: there is no option '${name}'`, {
          suggestion: ownOf(hints, name) ?? (names.length === 0 ? 'leave it out' : meant(name, names)),
        }),
      )
    if (value !== undefined) checkValue(op, name, domain, value)
  }
}
