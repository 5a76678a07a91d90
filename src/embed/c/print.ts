import type { Elem, LoopFunction, LoopModule, Stmt } from '../../../compiler/loop/ir.js'
import { cComment } from '../../../compiler/targets/c-text.js'
import { bug } from '../../../runtime/fault.js'
import { type C99Frame, cExpr, type HelperName, helpers, placesOf, typeOf } from './expr.js'

const identifier = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '_')

/**
 * The identifier of a lane of a local. Its first letter is its type: values of several types may have one name of
 * ours, one after the other. The prefix also keeps it off the words of C and the names of the helpers.
 */
const localOf = (name: string, elem: Elem, lane: number): string =>
  `${elem[0]}${lane < 0 ? '' : lane}${elem === 'f64' ? 'd' : ''}_${identifier(name)}`

/** What the functions of a file share: the names of functions, and the helpers in use. */
class FileScope {
  readonly helpers = new Set<HelperName>()
  readonly functions: ReadonlyMap<string, string>

  constructor(module: LoopModule) {
    this.functions = new Map(module.functions.map(f => [f.name, `k_${identifier(f.name)}`]))
  }

  symbolOf(name: string): string {
    const symbol = this.functions.get(name)
    if (symbol === undefined) throw bug(`a function calls ${name}, which the module has not`)
    return symbol
  }
}

/** Prints the statements of one function. All locals are declared at its head. */
class FunctionPrinter implements C99Frame {
  readonly #lines: string[] = []
  readonly #locals = new Map<string, Elem>()
  #depth = 1

  constructor(
    private readonly scope: FileScope,
    private readonly f: LoopFunction,
  ) {}

  readonly read = (name: string, elem: Elem, lane: number): string => localOf(name, elem, lane)

  readonly bind = (elem: Elem, value: string): string => {
    const id = `p${this.#locals.size}`
    this.#locals.set(id, elem)
    this.#line(`${id} = ${value};`)
    return id
  }

  readonly helper = (name: HelperName): string => {
    this.scope.helpers.add(name)
    return name
  }

  #line(text: string): void {
    this.#lines.push('  '.repeat(this.#depth) + text)
  }

  #body(stmts: readonly Stmt[]): void {
    this.#depth++
    for (const s of stmts) this.#statement(s)
    this.#depth--
  }

  #statement(s: Stmt): void {
    switch (s.kind) {
      case 'let':
      case 'var':
      case 'set':
        this.#assign(s)
        break
      case 'store':
        this.#store(s)
        break
      case 'for': {
        const index = localOf(s.index, 'i32', -1)
        this.#locals.set(index, 'i32')
        const [from = '', to = ''] = [...cExpr(s.from, this), ...cExpr(s.to, this)]
        const end = s.to.kind === 'const' ? to : this.bind('i32', to)
        this.#line(`for (${index} = ${from}; ${index} < ${end}; ${index} += ${s.step}) {`)
        this.#body(s.body)
        this.#line('}')
        break
      }
      case 'if':
        this.#line(`if (${cExpr(s.cond, this).join('')}) {`)
        this.#body(s.then)
        if (s.else.length > 0) {
          this.#line('} else {')
          this.#body(s.else)
        }
        this.#line('}')
        break
      case 'call':
        this.#line(`${this.scope.symbolOf(s.name)}(${s.args.map(x => cExpr(x, this).join('')).join(', ')});`)
        break
      case 'return':
        this.#line(s.value === undefined ? 'return;' : `return ${cExpr(s.value, this).join('')};`)
        break
      case 'comment':
        this.#line(cComment(s.text))
        break
      default:
        throw bug(`C99 has no statement for ${JSON.stringify(s)}`)
    }
  }

  #assign(s: Stmt & { kind: 'let' | 'var' | 'set' }): void {
    const { type } = s.value
    const texts = cExpr(s.value, this)
    // the variable may stand on both sides: every lane is computed before the first is assigned
    const values = s.kind === 'let' || texts.length === 1 ? texts : texts.map(t => this.bind(type.elem, t))
    for (const [i, value] of values.entries()) {
      const id = localOf(s.name, type.elem, type.lanes === 1 ? -1 : i)
      this.#locals.set(id, type.elem)
      this.#line(`${id} = ${value};`)
    }
  }

  #store(s: Stmt & { kind: 'store' }): void {
    const { type } = s.value
    const places = placesOf(type, s.at, s.offset, this)
    const texts = cExpr(s.value, this)
    const values = texts.length === 1 ? texts : texts.map(t => this.bind(type.elem, t))
    for (const [i, place] of places.entries()) this.#line(`${place} = ${values[i]};`)
  }

  head(): string {
    const params = this.f.params.map(p => `int32_t ${localOf(p, 'i32', -1)}`).join(', ')
    return `static ${this.f.returns ? 'int32_t' : 'void'} ${this.scope.symbolOf(this.f.name)}(${params || 'void'})`
  }

  print(): string {
    this.#depth = 0
    this.#body(this.f.body)
    for (const p of this.f.params) this.#locals.delete(localOf(p, 'i32', -1))
    const zero: { readonly [E in Elem]: string } = { f32: '0.0f', f64: '0.0', i32: '0', u32: '0u', bool: '0' }
    const lines = withoutUnread(this.#lines, new Set(this.#locals.keys()))
    const kept = new Set(lines.flatMap(line => line.match(WORD) ?? []))
    const declared = [...this.#locals]
      .filter(([id]) => kept.has(id))
      .map(([id, elem]) => `  ${typeOf(elem)} ${id} = ${zero[elem]};`)
    return [`${this.head()} {`, ...declared, ...lines, ...(this.f.returns ? ['  return 0;'] : []), '}'].join(
      '\n',
    )
  }
}

const WORD = /[A-Za-z_]\w*/g

/** Lanes that nothing reads, of vectors of which one lane is wanted, are not computed: compilers warn of them. */
const withoutUnread = (all: readonly string[], locals: ReadonlySet<string>): readonly string[] => {
  const assigned = (line: string): string | undefined => {
    const id = /^ *(\w+) = /.exec(line)?.[1]
    return id !== undefined && locals.has(id) ? id : undefined
  }
  let lines = all
  for (;;) {
    const read = new Set(
      lines.flatMap(line => (line.match(WORD) ?? []).slice(assigned(line) === undefined ? 0 : 1)),
    )
    const rest = lines.filter(line => {
      const id = assigned(line)
      return id === undefined || read.has(id)
    })
    if (rest.length === lines.length) return lines
    lines = rest
  }
}

/**
 * Functions over the union `M` as C99, with the helpers they use; what they compute has the bits of the wasm target.
 * The functions are to be unrolled and shared already; in their names a kind of element has names of its own.
 */
export const printC99 = (
  module: LoopModule,
): { readonly text: string; readonly symbolOf: (name: string) => string } => {
  const scope = new FileScope(module)
  const functions = module.functions.map(f => new FunctionPrinter(scope, f).print())
  const used = Object.entries(helpers).flatMap(([name, text]) =>
    scope.helpers.has(name as HelperName) ? [text] : [],
  )
  return { text: [...used, ...functions].join('\n\n'), symbolOf: name => scope.symbolOf(name) }
}
