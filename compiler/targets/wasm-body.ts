import type { Bytes } from './wasm-bytes.js'
import { type Instruction, instructions, type ValueType } from './wasm-opcodes.js'
import type { WatReader } from './wat-read.js'

/** What a call needs to know of a function. */
export interface Signature {
  readonly params: readonly ValueType[]
  readonly result: ValueType | ''
}

/** The parameters and locals of a function, in order. */
export interface Locals {
  readonly indices: Map<string, number>
  readonly types: ValueType[]
  /** How many of them are parameters. */
  readonly params: number
}

/** What an instruction leaves: a value, nothing, or nobody gets there. */
type Left = ValueType | '' | 'never'

const END = 0x0b
const EMPTY_BLOCK = 0x40

/** A module's function by its name. */
export interface Callee extends Signature {
  readonly index: number
}

/** Writes the instructions of a function up to its closing parenthesis, which is taken, and the end. */
export const writeBody = (
  reader: WatReader,
  locals: Locals,
  result: ValueType | '',
  functions: ReadonlyMap<string, Callee>,
  out: Bytes,
): void => {
  const writer = new BodyWriter(reader, locals, result, functions, out)
  let last: Left = ''
  while (!reader.takes(')')) {
    if (last !== '' && last !== 'never') throw reader.wrong('a value is left on the stack')
    last = writer.instruction()
  }
  if (last !== 'never' && last !== result) throw reader.wrong(`a function of '${result}' ends with '${last}'`)
  out.byte(END)
}

/** Folded instructions: operands first, then the instruction. */
class BodyWriter {
  readonly #reader: WatReader
  readonly #locals: Locals
  readonly #result: ValueType | ''
  readonly #functions: ReadonlyMap<string, Callee>
  readonly #out: Bytes
  /** Labels of the blocks around, the innermost last. */
  readonly #labels: (string | undefined)[] = []

  constructor(
    reader: WatReader,
    locals: Locals,
    result: ValueType | '',
    functions: ReadonlyMap<string, Callee>,
    out: Bytes,
  ) {
    this.#reader = reader
    this.#locals = locals
    this.#result = result
    this.#functions = functions
    this.#out = out
  }

  /** One instruction with its operands; what it leaves. */
  instruction(): Left {
    this.#reader.expect('(')
    const name = this.#reader.take()
    const known = instructions.get(name)
    return known === undefined ? this.#special(name) : this.#plain(known)
  }

  #special(name: string): Left {
    const out = this.#out
    switch (name) {
      case 'local.get': {
        const { index, type } = this.#local()
        this.#operands([])
        out.byte(0x20)
        out.unsigned(index)
        return type
      }
      case 'local.set':
      case 'local.tee': {
        const { index, type } = this.#local()
        this.#operands([type])
        out.byte(name === 'local.set' ? 0x21 : 0x22)
        out.unsigned(index)
        return name === 'local.set' ? '' : type
      }
      case 'i32.const':
      case 'i64.const':
        out.byte(name === 'i32.const' ? 0x41 : 0x42)
        out.signed(this.#word())
        this.#operands([])
        return name === 'i32.const' ? 'i' : 'l'
      case 'f32.const':
        out.byte(0x43)
        out.f32(this.#number())
        this.#operands([])
        return 'f'
      case 'f64.const':
        out.byte(0x44)
        out.f64(this.#number())
        this.#operands([])
        return 'd'
      case 'v128.const':
        out.bytes([0xfd, 0x0c])
        this.#vector()
        this.#operands([])
        return 'v'
      case 'drop':
        if (this.#operand() === '') throw this.#reader.wrong('there is nothing to drop')
        this.#reader.expect(')')
        out.byte(0x1a)
        return ''
      case 'select': {
        const [x, y, condition] = [this.#operand(), this.#operand(), this.#operand()]
        if (x !== y || x === '' || condition !== 'i') throw this.#mistyped(`${x}${y}${condition}`, 'xxi')
        this.#reader.expect(')')
        out.byte(0x1b)
        return x
      }
      case 'call': {
        const callee = this.#functions.get(this.#reader.take())
        if (callee === undefined) throw this.#reader.wrong('there is no such function')
        this.#operands(callee.params)
        out.byte(0x10)
        out.unsigned(callee.index)
        return callee.result
      }
      case 'return':
        this.#operands(this.#result === '' ? [] : [this.#result])
        out.byte(0x0f)
        return 'never'
      case 'br':
      case 'br_if': {
        const depth = this.#depthOf(this.#reader.take())
        this.#operands(name === 'br' ? [] : ['i'])
        out.byte(name === 'br' ? 0x0c : 0x0d)
        out.unsigned(depth)
        return name === 'br' ? 'never' : ''
      }
      case 'loop':
        out.bytes([0x03, EMPTY_BLOCK])
        this.#block(this.#reader.name())
        out.byte(END)
        return ''
      case 'if':
        return this.#branch()
      default:
        throw this.#reader.wrong(`there is no instruction '${name}'`)
    }
  }

  #plain({ code, operands, result, immediate, align }: Instruction): Left {
    const offset = immediate.startsWith('memory') ? this.#offset() : 0
    const lane = immediate.endsWith('lane') ? this.#reader.number() : 0
    if (!(lane >= 0 && lane < 4)) throw this.#reader.wrong(`there is no lane ${lane}`)
    this.#operands(operands)
    this.#out.bytes(code)
    if (immediate.startsWith('memory')) {
      this.#out.unsigned(align)
      this.#out.unsigned(offset)
    }
    if (immediate.endsWith('lane')) this.#out.byte(lane)
    return result
  }

  /** Instructions that leave nothing, up to the closing parenthesis, which is taken. */
  #block(label: string | undefined): void {
    this.#labels.push(label)
    while (!this.#reader.takes(')')) {
      const left = this.instruction()
      if (left !== '' && left !== 'never') throw this.#reader.wrong('a value is left on the stack')
    }
    this.#labels.pop()
  }

  #branch(): Left {
    const condition = this.#operand()
    if (condition !== 'i') throw this.#mistyped(condition, 'i')
    this.#out.bytes([0x04, EMPTY_BLOCK])
    if (!this.#reader.opens('then')) throw this.#reader.wrong(`'then' is missing`)
    this.#block(undefined)
    if (this.#reader.opens('else')) {
      this.#out.byte(0x05)
      this.#block(undefined)
    }
    this.#reader.expect(')')
    this.#out.byte(END)
    return ''
  }

  /** Operands of these types, and the closing parenthesis behind them. */
  #operands(types: readonly ValueType[]): void {
    for (const type of types) {
      const found = this.#operand()
      if (found !== type) throw this.#mistyped(found, type)
    }
    this.#reader.expect(')')
  }

  #operand(): ValueType | '' {
    const left = this.instruction()
    if (left === 'never') throw this.#reader.wrong('an operand leaves the function')
    return left
  }

  #local(): { readonly index: number; readonly type: ValueType } {
    const name = this.#reader.take()
    const index = name.startsWith('$') ? this.#locals.indices.get(name) : Number(name)
    const type = this.#locals.types[index ?? -1]
    if (index === undefined || type === undefined) throw this.#reader.wrong(`there is no local ${name}`)
    return { index, type }
  }

  #depthOf(label: string): number {
    const at = this.#labels.lastIndexOf(label)
    if (at < 0) throw this.#reader.wrong(`there is no label ${label}`)
    return this.#labels.length - 1 - at
  }

  #offset(): number {
    if (!this.#reader.peek().startsWith('offset=')) return 0
    const offset = Number(this.#reader.take().slice('offset='.length))
    if (!(Number.isInteger(offset) && offset >= 0 && offset < 2 ** 32))
      throw this.#reader.wrong(`an offset of ${offset}`)
    return offset
  }

  #vector(): void {
    const lanes = this.#reader.take()
    for (let lane = 0; lane < 4; lane++) {
      if (lanes === 'f32x4') this.#out.f32(this.#number())
      else if (lanes === 'i32x4') this.#out.word(this.#word())
      else throw this.#reader.wrong(`a constant of ${lanes}`)
    }
  }

  /** An integer of 32 bits, with or without sign. */
  #word(): number {
    const value = this.#reader.number()
    if (value < -(2 ** 31) || value >= 2 ** 32) throw this.#reader.wrong(`${value} has more than 32 bits`)
    return value
  }

  /** A float; `inf` and `nan` are its words for what has no digits. */
  #number(): number {
    const token = this.#reader.take()
    const known =
      token === 'nan' ? Number.NaN : token.endsWith('inf') ? Number.POSITIVE_INFINITY : Number(token)
    if (token === '' || (Number.isNaN(known) && token !== 'nan'))
      throw this.#reader.wrong(`'${token}' is no number`)
    return token === '-inf' ? -known : known
  }

  #mistyped(found: string, wanted: string): Error {
    return this.#reader.wrong(`operands of '${found}' stand where '${wanted}' should`)
  }
}
