import { bug } from '../../runtime/fault.js'
import type { Expr, LoopFunction, LoopModule, RegType, Stmt } from '../loop/ir.js'
import { shareFunction } from '../loop/share.js'
import { unrollFunction } from '../loop/unroll.js'
import { type CFrame, cExpr, cStore, strip } from './c-expr.js'
import { type Helper, helperName, helpersWithin, helperText } from './c-helpers.js'
import { flushing, modeText } from './c-mode.js'
import { CNames, cComment, cType, exportedSymbol } from './c-text.js'
import { meetCall, meetDeclaration, teamText, threadsOf } from './c-threads.js'

export { exportedSymbol } from './c-text.js'

/** How the printed C is to be compiled beside the choice of machine: integers wrap, and floats are left alone. */
export const cFlags: readonly string[] = [
  '-std=gnu11',
  '-fwrapv',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
]

export interface COptions {
  /** One rounding for mulAdd where the machine multiplies and adds in one instruction; two everywhere unless told. */
  readonly fused?: boolean
  /** Whether the exported functions set the processor to take denormal numbers for zeros; it is left alone unless told. */
  readonly flushes?: boolean
}

/** What the functions of a module share: their identifiers, and the types and helpers in use. */
class ModuleScope {
  readonly functions: ReadonlyMap<string, LoopFunction>
  readonly types = new Map<string, RegType>()
  readonly helpers = new Map<string, Helper>()
  private readonly names = new CNames()
  private readonly symbols = new Map<string, string>()

  constructor(
    module: LoopModule,
    readonly flushes: boolean,
  ) {
    this.functions = new Map(module.functions.map(f => [f.name, f]))
    for (const f of module.functions) {
      const symbol = exportedSymbol(f.name)
      if (f.exported && [...this.symbols.values()].includes(symbol))
        throw bug(`two exported functions have the symbol ${symbol}`)
      this.symbols.set(f.name, f.exported ? symbol : `k_${this.names.of(f.name)}`)
    }
  }

  symbolOf(name: string): string | undefined {
    return this.symbols.get(name)
  }

  type(type: RegType): string {
    const id = cType(type)
    if (type.lanes > 1)
      this.types.set(cType({ elem: 'i32', lanes: type.lanes }), { elem: 'i32', lanes: type.lanes })
    this.types.set(id, type)
    return id
  }

  helper(helper: Helper): string {
    const id = helperName(helper)
    if (this.helpers.has(id)) return id
    this.type(helper.type)
    // a blend of integers goes by way of floats
    if (helper.type.lanes > 1) this.type({ elem: 'f32', lanes: helper.type.lanes })
    if (helper.from !== undefined) this.type(helper.from)
    // those that it calls come first
    for (const inner of helpersWithin(helper)) this.helper(inner)
    this.helpers.set(id, helper)
    return id
  }
}

/** Prints the statements of one function. Each block declares its own names. */
class FunctionPrinter implements CFrame {
  private readonly lines: string[] = []
  private readonly names = new CNames()
  /** The names of the blocks around, innermost last; true for those that are never assigned again. */
  private readonly scopes: Map<string, boolean>[] = [new Map()]

  constructor(
    private readonly scope: ModuleScope,
    private readonly f: LoopFunction,
  ) {
    for (const p of f.params) this.scopes[0]?.set(p, true)
  }

  readonly local = (name: string): string => {
    if (!this.scopes.some(s => s.has(name)))
      throw bug(`the name ${name} of function ${this.f.name} is not bound`)
    return this.names.of(name)
  }

  readonly helper = (helper: Helper): string => this.scope.helper(helper)

  readonly type = (type: RegType): string => this.scope.type(type)

  private expression(x: Expr): string {
    return strip(cExpr(x, this))
  }

  private line(text: string): void {
    this.lines.push('  '.repeat(this.scopes.length) + text)
  }

  private block(stmts: readonly Stmt[], names: readonly string[] = []): void {
    this.scopes.push(new Map(names.map(n => [n, false])))
    for (const s of stmts) this.statement(s)
    this.scopes.pop()
  }

  private statement(s: Stmt): void {
    switch (s.kind) {
      case 'let':
      case 'var':
        this.bind(s)
        break
      case 'set':
        this.line(`${this.local(s.name)} = ${this.expression(s.value)};`)
        break
      case 'store':
        this.line(cStore(s.at, s.offset, s.value, this))
        break
      case 'for':
        this.loop(s)
        break
      case 'if':
        this.line(`if (${this.expression(s.cond)}) {`)
        this.block(s.then)
        if (s.else.length > 0) {
          this.line('} else {')
          this.block(s.else)
        }
        this.line('}')
        break
      case 'call':
        this.call(s)
        break
      case 'return':
        this.line(s.value === undefined ? 'return;' : `return ${this.expression(s.value)};`)
        break
      case 'barrier':
        this.line(meetCall(s))
        break
      case 'comment':
        this.line(cComment(s.text))
        break
      default:
        s satisfies never
    }
  }

  /** A declaration; a plain assignment for the second copy of an unrolled `let`. */
  private bind(s: Stmt & { kind: 'let' | 'var' }): void {
    const value = this.expression(s.value)
    const here = this.scopes.at(-1)
    const again = here?.has(s.name) === true
    here?.set(s.name, s.kind === 'let' && !again)
    const { type } = s.value
    const declared = this.type(type.elem === 'bool' ? { ...type, elem: 'i32' } : type)
    this.line(`${again ? '' : `${declared} `}${this.names.of(s.name)} = ${value};`)
  }

  private call(s: Stmt & { kind: 'call' }): void {
    const symbol = this.scope.symbolOf(s.name)
    if (symbol === undefined) throw bug(`function ${this.f.name} calls ${s.name}, which the module has not`)
    this.line(`${symbol}(${['m', ...s.args.map(x => this.expression(x))].join(', ')});`)
  }

  /** The upper bound as an operand that does not change while the loop runs. */
  private bound(to: Expr, index: string): string {
    const fixed = to.kind === 'ref' && this.scopes.findLast(s => s.has(to.name))?.get(to.name) === true
    const value = this.expression(to)
    if (to.kind === 'const' || fixed) return value
    const id = this.names.fresh(`${index}_end`)
    this.line(`i32 ${id} = ${value};`)
    return id
  }

  private loop(s: Stmt & { kind: 'for' }): void {
    const from = this.expression(s.from)
    const end = this.bound(s.to, s.index)
    const i = this.names.of(s.index)
    this.line(`for (i32 ${i} = ${from}; ${i} < ${end}; ${i} += ${s.step}) {`)
    this.block(s.body, [s.index])
    this.line('}')
  }

  /** The function's declaration. */
  head(): string {
    const { exported, returns, params } = this.f
    const symbol = this.scope.symbolOf(this.f.name) ?? ''
    const parameters = ['u8 *m', ...params.map(p => `i32 ${this.names.of(p)}`)].join(', ')
    const linkage = exported ? 'EXPORT' : loopDepth(this.f.body) > 1 ? 'APART' : 'static'
    return `${linkage} ${returns ? 'i32' : 'void'} ${symbol}(${parameters})`
  }

  /** The whole function. */
  print(): string {
    if (this.f.exported && this.scope.flushes) this.line(flushing)
    for (const s of this.f.body) this.statement(s)
    if (this.f.returns) this.line('return 0;')
    return [`${this.head()} {`, ...this.lines, '}'].join('\n')
  }
}

const preamble = `typedef unsigned char u8;
typedef float f32;
typedef double f64;
typedef __INT32_TYPE__ i32;
typedef __UINT32_TYPE__ u32;`

/** A vector type, and as it lies in memory: at any address, and read and written as other types are. */
const typeText = (type: RegType): readonly string[] => {
  const id = cType(type)
  const vector =
    type.lanes === 1 ? [] : [`typedef ${type.elem} ${id} __attribute__((vector_size(${4 * type.lanes})));`]
  return [...vector, `typedef ${id} ${id}_m __attribute__((aligned(1), may_alias));`]
}

const access = `/* the register of type T at byte address at + offset; an address is an unsigned number */
#define AT(T, at, offset) (*(T##_m *)(m + (u32)(at) + (offset##u)))
#define EXPORT __attribute__((visibility("default")))
/* loops within loops have all registers: inlined where it is called once, the function kept their bounds in memory */
#define APART static __attribute__((noinline))`

/** How many loops stand within one another. */
const loopDepth = (body: readonly Stmt[]): number =>
  body.reduce((deepest, s) => {
    if (s.kind === 'for') return Math.max(deepest, 1 + loopDepth(s.body))
    return s.kind === 'if' ? Math.max(deepest, loopDepth(s.then), loopDepth(s.else)) : deepest
  }, 0)

const fusion = `#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define DENSOR_FMA
#endif`

/**
 * The module as C for GCC or Clang (vector extensions), to be compiled with `cFlags`: readable, deterministic, in time
 * linear in the size of its expression DAGs. Each function takes the memory first, as \`m\`; exported ones have the
 * name \`exportedSymbol\`. Names and comments never become code, whatever they hold. A function that returns an i32
 * and runs off its end returns 0. A module with barriers ends with its threads (c-threads.ts).
 */
export const printC = (module: LoopModule, options: COptions = {}): string => {
  const scope = new ModuleScope(module, options.flushes ?? false)
  const printers = module.functions.map(f => new FunctionPrinter(scope, shareFunction(unrollFunction(f))))
  const functions = printers.map(p => p.print())
  const types = [...scope.types.values()].sort((a, b) => a.lanes - b.lanes).flatMap(typeText)
  const helpers = [...scope.helpers.values()].map(helperText)
  const threads = threadsOf(module)
  return [
    cComment(`Printed by densor. Compile with: ${cFlags.join(' ')}`),
    preamble,
    types.join('\n'),
    access,
    ...(options.fused === true ? [fusion] : []),
    ...(scope.flushes ? [modeText] : []),
    ...(helpers.length === 0 ? [] : [helpers.join('\n')]),
    printers.map(p => `${p.head()};`).join('\n'),
    ...(threads === 1 ? [] : [meetDeclaration]),
    ...functions,
    ...(threads === 1 ? [] : teamText(module, threads)),
    '',
  ].join('\n\n')
}
