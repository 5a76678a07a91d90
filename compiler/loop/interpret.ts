import { bug } from '../../runtime/fault.js'
import type { Elem, Expr, LoopFunction, LoopModule, Stmt } from './ir.js'
import { binaryValue, castValue, roundTo, unaryValue } from './scalar.js'

/*
 * The meaning of the loop IR: slow and obvious. A register is an array of one or four numbers. mulAdd rounds
 * twice.
 */

type Register = readonly number[]
type Environment = Map<string, Register>

/** What running statements came to: `undefined` goes on, an array leaves the function. */
type Outcome = readonly [value: number] | undefined

class Interpreter {
  private readonly functions: ReadonlyMap<string, LoopFunction>
  private readonly memory: DataView

  constructor(module: LoopModule, memory: ArrayBuffer) {
    this.functions = new Map(module.functions.map(f => [f.name, f]))
    this.memory = new DataView(memory)
  }

  call(name: string, args: readonly number[]): number {
    const f = this.functions.get(name)
    if (f === undefined) throw bug(`the module has no function ${name}`)
    const env: Environment = new Map(f.params.map((p, i) => [p, [(args[i] ?? 0) | 0]]))
    return this.run(f.body, env)?.[0] ?? 0
  }

  private run(body: readonly Stmt[], env: Environment): Outcome {
    for (const s of body) {
      const outcome = this.statement(s, env)
      if (outcome !== undefined) return outcome
    }
    return undefined
  }

  private statement(s: Stmt, env: Environment): Outcome {
    // an expression is a DAG: within one statement each node has one value
    const known = new Map<Expr, Register>()
    const evaluate = (x: Expr): Register => {
      const before = known.get(x)
      if (before !== undefined) return before
      const value = this.evaluate(x, env, evaluate)
      known.set(x, value)
      return value
    }
    const scalar = (x: Expr): number => evaluate(x)[0] ?? 0
    switch (s.kind) {
      case 'let':
      case 'var':
      case 'set':
        env.set(s.name, evaluate(s.value))
        return undefined
      case 'store': {
        const address = (scalar(s.at) >>> 0) + s.offset
        evaluate(s.value).forEach((v, i) => {
          this.write(s.value.type.elem, address + 4 * i, v)
        })
        return undefined
      }
      case 'for': {
        const end = scalar(s.to)
        for (let i = scalar(s.from); i < end; i += s.step) {
          env.set(s.index, [i])
          const outcome = this.run(s.body, env)
          if (outcome !== undefined) return outcome
        }
        return undefined
      }
      case 'if':
        return this.run(scalar(s.cond) !== 0 ? s.then : s.else, env)
      case 'call':
        this.call(s.name, s.args.map(scalar))
        return undefined
      case 'return':
        return [s.value === undefined ? 0 : scalar(s.value)]
      case 'barrier':
        // the interpreter is one thread: a program of several is run thread by thread, between barriers
        throw bug('the interpreter has no threads to wait for')
      case 'comment':
        return undefined
      default:
        return s satisfies never
    }
  }

  private evaluate(x: Expr, env: Environment, operand: (x: Expr) => Register): Register {
    const at = (register: Register, i: number): number => register[i] ?? 0
    const lanes = (f: (i: number) => number): Register => Array.from({ length: x.type.lanes }, (_, i) => f(i))
    switch (x.kind) {
      case 'const':
        return lanes(() => x.value)
      case 'ref': {
        const value = env.get(x.name)
        if (value === undefined) throw bug(`the name ${x.name} is read before it is bound`)
        return value
      }
      case 'load': {
        const address = (at(operand(x.at), 0) >>> 0) + x.offset
        return lanes(i => this.read(x.type.elem, address + 4 * i))
      }
      case 'unary': {
        const a = operand(x.x)
        return lanes(i => unaryValue(x.op, x.type.elem, at(a, i)))
      }
      case 'binary': {
        const [a, b] = [operand(x.x), operand(x.y)]
        return lanes(i => binaryValue(x.op, x.x.type.elem, at(a, i), at(b, i)))
      }
      case 'select': {
        const [c, a, b] = [operand(x.cond), operand(x.x), operand(x.y)]
        return lanes(i => (at(c, i) !== 0 ? at(a, i) : at(b, i)))
      }
      case 'cast': {
        const a = operand(x.x)
        return lanes(i => castValue(x.op, x.x.type.elem, x.type.elem, at(a, x.op === 'splat' ? 0 : i)))
      }
      case 'mulAdd': {
        const [a, b, c] = [operand(x.x), operand(x.y), operand(x.z)]
        const { elem } = x.type
        return lanes(i => roundTo(elem, roundTo(elem, at(a, i) * at(b, i)) + at(c, i)))
      }
      case 'lane':
        return [at(operand(x.x), x.lane)]
      case 'pack':
        return x.lanes.map(l => at(operand(l), 0))
      default:
        return x satisfies never
    }
  }

  private read(elem: Elem, address: number): number {
    switch (elem) {
      case 'f32':
        return this.memory.getFloat32(address, true)
      case 'f64':
        return this.memory.getFloat64(address, true)
      case 'i32':
        return this.memory.getInt32(address, true)
      case 'u32':
        return this.memory.getUint32(address, true)
      case 'bool':
        return this.memory.getInt32(address, true) !== 0 ? 1 : 0
      default:
        return elem satisfies never
    }
  }

  private write(elem: Elem, address: number, value: number): void {
    switch (elem) {
      case 'f32':
        this.memory.setFloat32(address, value, true)
        break
      case 'f64':
        this.memory.setFloat64(address, value, true)
        break
      case 'i32':
      case 'u32':
      case 'bool':
        this.memory.setInt32(address, value, true)
        break
      default:
        elem satisfies never
    }
  }
}

/**
 * Calls the function `name` of the module on `memory`: its i32 result, or 0. Faults (a bug) at a name that is
 * not bound; an access outside the memory is a RangeError.
 */
export const interpret = (
  module: LoopModule,
  memory: ArrayBuffer,
  name: string,
  args: readonly number[] = [],
): number => new Interpreter(module, memory).call(name, args)
