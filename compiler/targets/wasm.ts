import { bug } from '../../runtime/fault.js'
import type { Expr, LoopFunction, LoopModule, RegType, Stmt } from '../loop/ir.js'
import { shareFunction } from '../loop/share.js'
import { unrollFunction } from '../loop/unroll.js'
import { staysNonNegative } from './wasm-address.js'
import { emitExpr, emitStore } from './wasm-expr.js'
import { type Frame, type WasmType, wasmType } from './wasm-frame.js'
import { comment, Namer, quoted, type Wat, WatText, wat } from './wat.js'

export interface WatOptions {
  /** Least number of 64 kB pages of the memory that is imported as `env.memory`; 1 unless told. */
  readonly pages?: number
  /** One rounding for mulAdd of f32 (`f32x4.relaxed_madd`); needs an engine with relaxed SIMD. */
  readonly relaxed?: boolean
  /** Whether the memory is shared between threads; a module with barriers needs it. */
  readonly shared?: boolean
}

type Divider = 'div_i32' | 'div_u32' | 'rem_i32' | 'rem_u32'

/**
 * Total integer division: x / 0 has all bits set, x rem 0 is x, and the least i32 over -1 wraps to itself.
 */
const dividers: { readonly [D in Divider]: (name: string) => readonly string[] } = {
  div_i32: name => [
    `(func $${name} (param $x i32) (param $y i32) (result i32)`,
    '  (if (i32.eqz (local.get $y)) (then (return (i32.const -1))))',
    '  (if (i32.eq (local.get $y) (i32.const -1)) (then (return (i32.sub (i32.const 0) (local.get $x)))))',
    '  (i32.div_s (local.get $x) (local.get $y)))',
  ],
  div_u32: name => [
    `(func $${name} (param $x i32) (param $y i32) (result i32)`,
    '  (if (i32.eqz (local.get $y)) (then (return (i32.const -1))))',
    '  (i32.div_u (local.get $x) (local.get $y)))',
  ],
  rem_i32: name => [
    `(func $${name} (param $x i32) (param $y i32) (result i32)`,
    '  (if (i32.eqz (local.get $y)) (then (return (local.get $x))))',
    '  (i32.rem_s (local.get $x) (local.get $y)))',
  ],
  rem_u32: name => [
    `(func $${name} (param $x i32) (param $y i32) (result i32)`,
    '  (if (i32.eqz (local.get $y)) (then (return (local.get $x))))',
    '  (i32.rem_u (local.get $x) (local.get $y)))',
  ],
}

/** Pages of 64 kB that a 32-bit memory can have. */
const maxPages = 65536

/** Turns of the spin before a thread sleeps: about 20 µs, the length of a small kernel. */
const spins = 10_000

/**
 * A barrier that all threads leave when the last has come: a count, and a generation that the last one advances.
 * Who waits spins, then sleeps where it may; only a sleeper makes the last one call the engine.
 */
const barrierFunction = (name: string): readonly string[] => [
  `(func $${name} (param $at i32) (param $threads i32) (param $maySleep i32) (local $generation i32) (local $turns i32)`,
  '  (local.set $generation (i32.atomic.load offset=4 (local.get $at)))',
  '  (if (i32.eq (i32.add (i32.atomic.rmw.add (local.get $at) (i32.const 1)) (i32.const 1)) (local.get $threads))',
  '    (then',
  '      (i32.atomic.store (local.get $at) (i32.const 0))',
  '      (drop (i32.atomic.rmw.add offset=4 (local.get $at) (i32.const 1)))',
  '      (if (i32.atomic.load offset=8 (local.get $at))',
  '        (then (drop (memory.atomic.notify offset=4 (local.get $at) (i32.const -1)))))',
  '      (return)))',
  '  (loop $wait',
  '    (if (i32.ne (i32.atomic.load offset=4 (local.get $at)) (local.get $generation)) (then (return)))',
  '    (local.set $turns (i32.add (local.get $turns) (i32.const 1)))',
  `    (if (i32.and (local.get $maySleep) (i32.gt_u (local.get $turns) (i32.const ${spins})))`,
  '      (then',
  '        (drop (i32.atomic.rmw.add offset=8 (local.get $at) (i32.const 1)))',
  '        (drop (memory.atomic.wait32 offset=4 (local.get $at) (local.get $generation) (i64.const -1)))',
  '        (drop (i32.atomic.rmw.sub offset=8 (local.get $at) (i32.const 1)))))',
  '    (br $wait)))',
]

/** What the functions of a module share. */
class ModuleScope {
  readonly names = new Namer()
  readonly functions: ReadonlyMap<string, LoopFunction>
  readonly used = new Map<Divider, string>()

  constructor(
    module: LoopModule,
    readonly relaxed: boolean,
  ) {
    this.functions = new Map(module.functions.map(f => [f.name, f]))
    for (const f of module.functions) this.names.of(f.name)
  }

  /** The name of the barrier's function, once one is called. */
  barrierName: string | undefined

  barrier({ at, threads, maySleep }: Stmt & { kind: 'barrier' }): Wat {
    this.barrierName ??= this.names.fresh('barrier')
    const args = [at, threads, maySleep ? 1 : 0].map(x => wat(`i32.const ${x}`))
    return wat(`call $${this.barrierName}`, ...args)
  }

  divider(kind: Divider): string {
    const known = this.used.get(kind)
    if (known !== undefined) return known
    const id = this.names.fresh(kind)
    this.used.set(kind, id)
    return id
  }
}

/** Prints the statements of one function and gathers its locals on the way. */
class FunctionPrinter implements Frame {
  readonly relaxed: boolean
  readonly text = new WatText()
  readonly locals = new Map<string, WasmType>()
  private readonly names = new Namer()
  private readonly nonNegative = new Set<string>()

  constructor(
    private readonly scope: ModuleScope,
    private readonly f: LoopFunction,
  ) {
    this.relaxed = scope.relaxed
    // parameters are addresses and counts, read as unsigned
    for (const p of f.params) this.nonNegative.add(p)
  }

  readonly local = (name: string): string => this.names.of(name)

  readonly scratch = (type: WasmType): string => {
    const id = this.names.fresh('_')
    this.locals.set(id, type)
    return id
  }

  readonly isNonNegative = (name: string): boolean => this.nonNegative.has(name)

  readonly divider = (op: 'div' | 'rem', elem: 'i32' | 'u32'): string => this.scope.divider(`${op}_${elem}`)

  private declare(name: string, type: RegType): string {
    const id = this.names.of(name)
    const wanted = wasmType(type)
    if ((this.locals.get(id) ?? wanted) !== wanted || this.f.params.includes(name)) {
      throw bug(`the name ${name} of function ${this.f.name} has two types`)
    }
    this.locals.set(id, wanted)
    return id
  }

  body(stmts: readonly Stmt[], depth: number): void {
    for (const s of stmts) this.statement(s, depth)
  }

  private statement(s: Stmt, depth: number): void {
    switch (s.kind) {
      case 'let':
        this.bind(s.name, s.value, depth, staysNonNegative(s.value, this))
        break
      case 'var':
        this.bind(s.name, s.value, depth, false)
        break
      case 'set':
        this.text.node(depth, wat(`local.set $${this.local(s.name)}`, emitExpr(s.value, this)))
        break
      case 'store':
        this.text.node(depth, emitStore(s.at, s.offset, s.value, this))
        break
      case 'for':
        this.loop(s, depth)
        break
      case 'if':
        this.branch(s, depth)
        break
      case 'call':
        this.call(s, depth)
        break
      case 'return':
        this.text.node(depth, wat('return', ...(s.value === undefined ? [] : [emitExpr(s.value, this)])))
        break
      case 'barrier':
        this.text.node(depth, this.scope.barrier(s))
        break
      case 'comment':
        this.text.line(depth, comment(s.text))
        break
      default:
        s satisfies never
    }
  }

  private bind(name: string, value: Expr, depth: number, nonNegative: boolean): void {
    if (nonNegative) this.nonNegative.add(name)
    else this.nonNegative.delete(name)
    const emitted = emitExpr(value, this)
    this.text.node(depth, wat(`local.set $${this.declare(name, value.type)}`, emitted))
  }

  private branch(s: Stmt & { kind: 'if' }, depth: number): void {
    this.text.open(depth, wat('if', emitExpr(s.cond, this)))
    this.text.line(depth + 1, '(then')
    this.body(s.then, depth + 2)
    if (s.else.length > 0) {
      this.text.line(depth + 1, ')')
      this.text.line(depth + 1, '(else')
      this.body(s.else, depth + 2)
    }
    this.text.line(depth, '))')
  }

  private call(s: Stmt & { kind: 'call' }, depth: number): void {
    const callee = this.scope.functions.get(s.name)
    if (callee === undefined) throw bug(`function ${this.f.name} calls ${s.name}, which the module has not`)
    const called = wat(`call $${this.scope.names.of(s.name)}`, ...s.args.map(x => emitExpr(x, this)))
    this.text.node(depth, callee.returns ? wat('drop', called) : called)
  }

  /** The upper bound as an operand that does not change while the loop runs. */
  private bound(s: Stmt & { kind: 'for' }, depth: number): Wat {
    if (s.to.kind === 'const') return emitExpr(s.to, this)
    const id = this.names.fresh(`${s.index}_end`)
    this.locals.set(id, 'i32')
    this.text.node(depth, wat(`local.set $${id}`, emitExpr(s.to, this)))
    return wat(`local.get $${id}`)
  }

  /** Bottom-tested; the test at the entry is left out where constants show that the loop runs. */
  private loop(s: Stmt & { kind: 'for' }, depth: number): void {
    const { from, to } = s
    const constant = from.kind === 'const' && to.kind === 'const'
    if (constant && from.value >= to.value) return
    if (staysNonNegative(from, this)) this.nonNegative.add(s.index)
    else this.nonNegative.delete(s.index)
    const first = emitExpr(from, this)
    const index = this.declare(s.index, { elem: 'i32', lanes: 1 })
    const end = this.bound(s, depth)
    this.text.node(depth, wat(`local.set $${index}`, first))
    const label = this.names.fresh(`${s.index}_loop`)
    const inner = constant ? depth : depth + 2
    if (!constant) {
      this.text.open(depth, wat('if', wat('i32.lt_s', wat(`local.get $${index}`), end)))
      this.text.line(depth + 1, '(then')
    }
    this.text.line(inner, `(loop $${label}`)
    this.body(s.body, inner + 1)
    const next = wat('i32.add', wat(`local.get $${index}`), wat(`i32.const ${s.step}`))
    this.text.node(inner + 1, wat(`br_if $${label}`, wat('i32.lt_s', wat(`local.tee $${index}`, next), end)))
    this.text.line(inner, constant ? ')' : ')))')
  }

  /** The whole function as text. */
  print(out: WatText): void {
    const params = this.f.params.map(p => ` (param $${this.local(p)} i32)`).join('')
    this.body(this.f.body, 2)
    const exported = this.f.exported ? ` (export ${quoted(this.f.name)})` : ''
    const result = this.f.returns ? ' (result i32)' : ''
    out.line(1, `(func $${this.scope.names.of(this.f.name)}${exported}${params}${result}`)
    for (const group of localGroups(this.locals)) out.line(2, group)
    out.append(this.text)
    if (this.f.returns) out.line(2, '(i32.const 0)')
    out.line(1, ')')
  }
}

/** Declarations of locals, ten a line. */
const localGroups = (locals: ReadonlyMap<string, WasmType>): readonly string[] => {
  const all = Array.from(locals, ([id, type]) => `(local $${id} ${type})`)
  return Array.from({ length: Math.ceil(all.length / 5) }, (_, i) => all.slice(5 * i, 5 * i + 5).join(' '))
}

/**
 * The module as WebAssembly text, readable, deterministic, in time linear in the size of its expression DAGs.
 * It imports the memory `env.memory` and exports the functions marked so. Names and comments are only ever
 * identifiers and comments of the text, whatever they hold. A function that returns an i32 and runs off its
 * end returns 0.
 */
export const printWat = (module: LoopModule, options: WatOptions = {}): string => {
  const scope = new ModuleScope(module, options.relaxed ?? false)
  const functions = new WatText()
  for (const f of module.functions) {
    new FunctionPrinter(scope, shareFunction(unrollFunction(f))).print(functions)
  }
  const { barrierName } = scope
  // threads can only share a memory that says how far it may grow
  const shared = options.shared === true || barrierName !== undefined ? ` ${maxPages} shared` : ''
  const out = new WatText()
  out.line(0, '(module')
  out.line(1, `(import "env" "memory" (memory ${options.pages ?? 1}${shared}))`)
  out.append(functions)
  for (const line of barrierName === undefined ? [] : barrierFunction(barrierName)) out.line(1, line)
  for (const [kind, name] of scope.used) {
    for (const line of dividers[kind](name)) out.line(1, line)
  }
  out.line(0, ')')
  return out.toString()
}
