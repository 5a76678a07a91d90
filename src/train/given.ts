/** What people give for the inputs, targets and weights of a model, as tensors. */
import { bodyOf, isModel } from '../../dsl/model.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { inputOp, oneForEach, oneTensor } from '../../dsl/types/wording.js'
import type { DType } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { checkTensor } from '../data/checks.js'
import { arrayClassOf, elementsOf, isList, isTensor, kindOf, shown } from '../data/elements.js'
import { tensorFromNested, tensorOf } from '../data/tensor.js'

/** One of something, or one for each name. */
export type OneOrNamed<T> = T | Readonly<Record<string, T>>

/** What has dimensions: a tensor, or what a tensor will be like. */
export interface Dimensioned {
  readonly dims: readonly number[]
}

/** An input or output of a model. */
export interface Port {
  /** `''` where the model has but one, without a name. */
  readonly name: string
  /** The stream's or the program's output's name: `x`, `x.<name>`, `out`, `out.<name>`. */
  readonly port: string
  /** With the sizes of the data. */
  readonly shape: Shape
}

/** What something is given as. */
export type GivenAs = 'input' | 'target' | 'weight'

/** One tensor, array or typed array, and no record of such; a record may have an input of the name `dims`. */
export const isOne = <T>(given: OneOrNamed<T>): given is T =>
  isList(given) || (isObject(given) && Array.isArray(given.dims) && typeof given.dims[0] !== 'object')

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null

/** What a value is that is neither data nor a record of data, and what to write instead. */
const strange = (given: unknown): readonly [received: string, suggestion: string] | undefined => {
  if (isObject(given) && typeof given.then === 'function') return ['a promise', 'write await before it']
  if (isObject(given) && (given._tag === 'Right' || given._tag === 'Left'))
    return ['an Either, as tensor(…) gives it', 'take the tensor out of it: unwrap(tensor(…))']
  if (typeof given === 'function') return ['a function or a task', 'call it; a task is awaited']
  if (isObject(given) && kindOf(given) === undefined) return undefined
  return [shown(given), suggestionFor(given)]
}

/** How what is no data becomes data. */
const suggestionFor = (given: unknown): string => {
  if (given instanceof ArrayBuffer || given instanceof DataView)
    return 'say which numbers its bytes are: new Float32Array(…)'
  if (isObject(given) && Symbol.asyncIterator in given)
    return 'train batch by batch: trainStep(trainer, batch) for each, with a trainer from compile(…)'
  if (isObject(given) && Symbol.iterator in given)
    return 'make an array of it, [...x]; or train batch by batch: trainStep(trainer, batch) for each'
  return 'give a tensor, nested arrays of numbers, or a typed array'
}

const notGiven = (what: string, as: GivenAs, [received, suggestion]: readonly [string, string]): Fault =>
  userFault('missing-data', `${what}: expected a tensor as ${as}, received ${received}`, { suggestion })

/** Refuses what is neither data nor a record: a caller without types may leave it out. */
export const checkGiven = (given: unknown, what: string, as: GivenAs): void => {
  const found = isList(given) ? undefined : strange(given)
  if (found !== undefined) throw notGiven(what, as, found)
}

/** What is given for each port. Throws `wrong-ports` with the sentence of the types. */
export const byPort = <T>(
  given: OneOrNamed<T>,
  ports: readonly Port[],
  what: string,
  as: GivenAs,
): readonly T[] => {
  checkGiven(given, what, as)
  const single = ports.length === 1 && ports[0]?.name === ''
  if (isOne(given)) {
    if (single) return [given]
    throw userFault('wrong-ports', oneForEach(what, as), { suggestion: namesIn(ports) })
  }
  if (single) throw userFault('wrong-ports', oneTensor(what, as))
  return ports.map(({ name }) => {
    const found = Object.hasOwn(given, name) ? given[name] : undefined
    if (found !== undefined) return found
    throw userFault('wrong-ports', `${what}: there is no tensor for '${name}'`, {
      suggestion: namesIn(ports),
    })
  })
}

const namesIn = (ports: readonly Port[]): string =>
  `give a record with ${ports.map(({ name }) => name).join(', ')}`

/** What a tensor is made for, where arrays are given. */
export interface Wanted {
  readonly as: GivenAs
  readonly dtype: DType
  /** Where a typed array, which has only a length, takes its dimensions from; undefined where nothing says them. */
  readonly shape: Shape | undefined
}

/** A tensor, from one, from nested arrays or from a typed array of the right length. */
export const toTensor = (what: string, given: unknown, wanted: Wanted): AnyTensor => {
  if (isTensor(given)) return checkTensor(what, given)
  if (Array.isArray(given)) return fromArray(what, given, wanted)
  if (isList(given)) return fromTyped(what, given, wanted)
  throw notGiven(
    what,
    wanted.as,
    strange(given) ?? ['an object', 'give a tensor, or nested arrays of numbers'],
  )
}

const fromArray = (what: string, given: readonly unknown[], { as, dtype }: Wanted): AnyTensor => {
  const [first] = given
  if (isTensor(first))
    throw userFault('missing-data', `${what}: expected a tensor as ${as}, received an array of tensors`, {
      suggestion: 'name them in a record, as the model names its inputs and outputs',
    })
  if (!isList(first) && strange(first) === undefined)
    throw userFault('not-a-number', `${what}: row 0 is an object, expected numbers`, {
      suggestion: 'list the numbers of each row: rows.map(row => [row.a, row.b])',
    })
  return tensorFromNested(what, given, dtype)
}

const fromTyped = (what: string, given: ArrayLike<unknown>, { dtype, shape = [] }: Wanted): AnyTensor => {
  const [, ...rest] = shape
  const unknown = rest.find(dim => typeof dim !== 'number')
  if (unknown !== undefined || shape.length === 0)
    throw userFault(
      'unknown-size',
      `${what}: received a ${arrayClassOf(given)}, whose dimensions are not known`,
      { suggestion: 'say them: tensor([rows, …], data)' },
    )
  const width = rest.reduce((n: number, dim) => n * Number(dim), 1)
  const rows = given.length / width
  if (rows === 0 || !Number.isInteger(rows))
    throw userFault(
      'wrong-length',
      `${what}: received ${given.length} elements, which are not whole rows of [${rest.join(', ')}]`,
      { suggestion: `give ${width} elements for each row` },
    )
  const dims = [rows, ...rest.map(Number)]
  // The one cast: each element is looked at where it is copied, and a typed array of the dtype holds numbers only.
  return tensorOf(dims, dtype, elementsOf(what, dims, given as ArrayLike<number>, dtype))
}

/** The data of a model's inputs as tensors, by name where the model has names. */
export const inputTensors = (model: unknown, x: unknown, what: string): OneOrNamed<AnyTensor> => {
  checkGiven(x, what, 'input')
  if (isTensor(x)) return checkTensor(what, x)
  // A seq has no input shape of its own: it takes the data's.
  const { inputs, single } = isModel(model) ? bodyOf(model) : { inputs: {}, single: true }
  const shapes = new Map(Object.entries(inputs))
  const wanted = (name: string): Wanted => ({ as: 'input', dtype: 'f32', shape: shapes.get(name) })
  if (isOne(x)) return toTensor(what, x, wanted([...shapes.keys()][0] ?? ''))
  if (single) throw userFault('wrong-ports', oneTensor(what, 'input'))
  const named = Object.entries(x as object).map(
    ([name, given]) => [name, toTensor(inputOp(what, name), given, wanted(name))] as const,
  )
  return Object.fromEntries(named)
}
