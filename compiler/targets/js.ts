import { bug, limitation } from '../../runtime/fault.js'
import type { LoopFunction, LoopModule, Stmt } from '../loop/ir.js'
import { shareFunction } from '../loop/share.js'
import { unrollFunction } from '../loop/unroll.js'
import { type JsFrame, jsComment, jsExpr, placesOf } from './js-expr.js'
import { Namer } from './wat.js'

const prelude = `let F32, F64, I32, U32
// the memory's buffer is a new one after it has grown
const look = () => {
  if (F32 !== undefined && F32.buffer === memory.buffer) return
  F32 = new Float32Array(memory.buffer)
  F64 = new Float64Array(memory.buffer)
  I32 = new Int32Array(memory.buffer)
  U32 = new Uint32Array(memory.buffer)
}
const f = Math.fround
const word = new ArrayBuffer(4)
const word_f32 = new Float32Array(word)
const word_i32 = new Int32Array(word)
const word_u32 = new Uint32Array(word)
const bits_f32_i32 = x => { word_f32[0] = x; return word_i32[0] }
const bits_f32_u32 = x => { word_f32[0] = x; return word_u32[0] }
const bits_i32_f32 = x => { word_i32[0] = x; return word_f32[0] }
const bits_u32_f32 = x => { word_u32[0] = x; return word_f32[0] }
const nearest = x => {
  const up = Math.round(x)
  return Math.abs(up - x) === 0.5 && up % 2 !== 0 ? up - 1 : up
}
const flush = x => x > -1.1754943508222875e-38 && x < 1.1754943508222875e-38 ? x * 0 : x
const to_i32 = x => x !== x ? 0 : Math.max(-2147483648, Math.min(2147483647, x)) | 0
const to_u32 = x => x !== x ? 0 : Math.max(0, Math.min(4294967295, x)) >>> 0
const div_i32 = (x, y) => y === 0 ? -1 : x / y | 0
const div_u32 = (x, y) => y === 0 ? 4294967295 : x / y >>> 0
const rem_i32 = (x, y) => y === 0 ? x : x % y | 0
const rem_u32 = (x, y) => y === 0 ? x : x % y
`

/** Words that mean something in JavaScript, or to the prelude. */
const reserved = [
  ...'F32 F64 I32 U32 memory look f word word_f32 word_i32 word_u32 nearest flush to_i32 to_u32'.split(' '),
  ...'bits_f32_i32 bits_f32_u32 bits_i32_f32 bits_u32_f32 div_i32 div_u32 rem_i32 rem_u32'.split(' '),
  ...'Math NaN Infinity undefined eval arguments await break case catch class const continue'.split(' '),
  ...'debugger default delete do else enum export extends false finally for function if implements'.split(
    ' ',
  ),
  ...'import in instanceof interface let new null package private protected public return static'.split(' '),
  ...'super switch this throw true try typeof var void while with yield'.split(' '),
]

/** Prints the statements of one function. */
class JsPrinter implements JsFrame {
  private readonly lines: string[] = []
  private readonly locals = new Set<string>()
  private readonly names: Namer
  private depth = 2

  constructor(
    private readonly functions: Namer,
    private readonly known: ReadonlySet<string>,
    private readonly f: LoopFunction,
    taken: readonly string[],
  ) {
    this.names = new Namer([...reserved, ...taken], '_')
  }

  readonly local = (name: string): string => this.names.of(name)

  readonly bind = (value: string): string => {
    const id = this.names.fresh('p')
    this.locals.add(id)
    this.line(`${id} = ${value}`)
    return id
  }

  private line(text: string): void {
    this.lines.push('  '.repeat(this.depth) + text)
  }

  private body(stmts: readonly Stmt[]): void {
    this.depth++
    for (const s of stmts) this.statement(s)
    this.depth--
  }

  private statement(s: Stmt): void {
    switch (s.kind) {
      case 'let':
      case 'var':
        this.assign(s.name, s.value.type.lanes, jsExpr(s.value, this))
        break
      case 'set': {
        // the variable may stand on both sides: every lane is computed before the first is assigned
        const texts = jsExpr(s.value, this)
        this.assign(s.name, s.value.type.lanes, texts.length === 1 ? texts : texts.map(this.bind))
        break
      }
      case 'store':
        this.store(s)
        break
      case 'for':
        this.loop(s)
        break
      case 'if':
        this.line(`if (${jsExpr(s.cond, this).join('')}) {`)
        this.body(s.then)
        if (s.else.length > 0) {
          this.line('} else {')
          this.body(s.else)
        }
        this.line('}')
        break
      case 'call': {
        if (!this.known.has(s.name))
          throw bug(`function ${this.f.name} calls ${s.name}, which the module has not`)
        const args = s.args.map(x => jsExpr(x, this).join(''))
        this.line(`${this.functions.of(s.name)}(${args.join(', ')})`)
        break
      }
      case 'return':
        this.line(s.value === undefined ? 'return' : `return ${jsExpr(s.value, this).join('')}`)
        break
      case 'barrier':
        throw limitation(
          'js-threads',
          'plain JavaScript code runs on one thread; compile for wasm to use several',
        )
      case 'comment':
        this.line(jsComment(s.text))
        break
      default:
        s satisfies never
    }
  }

  private assign(name: string, lanes: number, texts: readonly string[]): void {
    const id = this.names.of(name)
    for (const [i, text] of texts.entries()) {
      const target = lanes === 1 ? id : `${id}$${i}`
      this.locals.add(target)
      this.line(`${target} = ${text}`)
    }
  }

  private store(s: Stmt & { kind: 'store' }): void {
    const { elem, lanes } = s.value.type
    const places = placesOf(elem, lanes, s.at, s.offset, this)
    const texts = jsExpr(s.value, this).map(text => (elem === 'bool' ? `${text} ? 1 : 0` : text))
    // memory may be read and written at once: every lane is read before the first is written
    const values = texts.length === 1 ? texts : texts.map(this.bind)
    for (const [i, place] of places.entries()) this.line(`${place} = ${values[i]}`)
  }

  private loop(s: Stmt & { kind: 'for' }): void {
    const index = this.names.of(s.index)
    this.locals.add(index)
    const from = jsExpr(s.from, this).join('')
    const to = jsExpr(s.to, this).join('')
    const end = s.to.kind === 'const' ? to : this.bind(to)
    this.line(`for (${index} = ${from}; ${index} < ${end}; ${index} = ${index} + ${s.step} | 0) {`)
    this.body(s.body)
    this.line('}')
  }

  /** The whole function. */
  print(): string {
    const params = this.f.params.map(this.local)
    this.depth = 0
    this.body(this.f.body)
    for (const p of params) this.locals.delete(p)
    return [
      `const ${this.functions.of(this.f.name)} = (${params.join(', ')}) => {`,
      ...(this.f.exported ? ['  look()'] : []),
      ...(this.locals.size === 0 ? [] : [`  let ${Array.from(this.locals, id => `${id} = 0`).join(', ')}`]),
      ...this.lines,
      ...(this.f.returns ? ['  return 0'] : []),
      '}',
    ].join('\n')
  }
}

/**
 * The module as JavaScript source: the body of a function of `memory` (anything with a `buffer`) that returns
 * an object of the exported functions. Vectors are four scalars; results have the bits of the wasm target
 * (but for NaN payloads and relaxed multiply-add). Names and comments never become code, whatever they hold.
 */
export const printJs = (module: LoopModule): string => {
  const functions = new Namer(reserved, '_')
  const known = new Set(module.functions.map(f => f.name))
  const ids = module.functions.map(f => functions.of(f.name))
  const texts = module.functions.map(f =>
    new JsPrinter(functions, known, shareFunction(unrollFunction(f)), ids).print(),
  )
  const exported = module.functions
    .filter(f => f.exported)
    .map(f => `[${JSON.stringify(f.name)}]: ${functions.of(f.name)}`)
  return `'use strict'\n${prelude}\n${texts.join('\n\n')}\n\nreturn { ${exported.join(', ')} }\n`
}
