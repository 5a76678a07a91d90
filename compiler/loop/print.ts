import type { BinaryOp, Expr, LoopFunction, LoopModule, RegType, Stmt } from './ir.js'
import { shareFunction } from './share.js'

/** How C, JavaScript and our own text write an operation between its operands; min and max are calls. */
export const infix: { readonly [K in Exclude<BinaryOp, 'min' | 'max'>]: string } = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  rem: '%',
  and: '&',
  or: '|',
  xor: '^',
  shl: '<<',
  shr: '>>',
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
}

/** The sign of an operation; none for min and max. */
export const signOf = (op: BinaryOp): string | undefined =>
  op === 'min' || op === 'max' ? undefined : infix[op]

/** A register type as text: `f32` or `f32x4`. */
export const printType = (type: RegType): string =>
  type.lanes === 1 ? type.elem : `${type.elem}x${type.lanes}`

const oneLine = (text: string): string => text.replace(/[^ -~]/g, '?')

const plain = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

/** An expression as text; operators inside operators are in parentheses. */
export const printExpr = (x: Expr): string => {
  const nested = (y: Expr): string =>
    (y.kind === 'binary' && signOf(y.op) !== undefined) || y.kind === 'select'
      ? `(${printExpr(y)})`
      : printExpr(y)
  switch (x.kind) {
    case 'const':
      return x.type.elem === 'bool' ? String(x.value === 1) : plain(x.value)
    case 'ref':
      return oneLine(x.name)
    case 'load': {
      const offset = x.offset === 0 ? '' : ` + ${x.offset}`
      return `${printType(x.type)}[${printExpr(x.at)}${offset}]`
    }
    case 'unary':
      return `${x.op}(${printExpr(x.x)})`
    case 'binary': {
      const symbol = signOf(x.op)
      return symbol === undefined
        ? `${x.op}(${printExpr(x.x)}, ${printExpr(x.y)})`
        : `${nested(x.x)} ${symbol} ${nested(x.y)}`
    }
    case 'select':
      return `${nested(x.cond)} ? ${nested(x.x)} : ${nested(x.y)}`
    case 'cast':
      return x.op === 'splat' ? `splat(${printExpr(x.x)})` : `${x.op}.${x.type.elem}(${printExpr(x.x)})`
    case 'mulAdd':
      return `mulAdd(${[x.x, x.y, x.z].map(printExpr).join(', ')})`
    case 'lane':
      return `${nested(x.x)}.${x.lane}`
    case 'pack':
      return `pack(${x.lanes.map(printExpr).join(', ')})`
    default:
      return x satisfies never
  }
}

const printStatement = (s: Stmt, depth: number, out: string[]): void => {
  const line = (text: string): void => {
    out.push('  '.repeat(depth) + text)
  }
  switch (s.kind) {
    case 'let':
    case 'var':
      line(`${s.kind} ${oneLine(s.name)}: ${printType(s.value.type)} = ${printExpr(s.value)}`)
      break
    case 'set':
      line(`${oneLine(s.name)} = ${printExpr(s.value)}`)
      break
    case 'store': {
      const offset = s.offset === 0 ? '' : ` + ${s.offset}`
      line(`${printType(s.value.type)}[${printExpr(s.at)}${offset}] = ${printExpr(s.value)}`)
      break
    }
    case 'for':
      line(`for ${oneLine(s.index)} in ${printExpr(s.from)}..${printExpr(s.to)} step ${s.step} (${s.loop}) {`)
      printBody(s.body, depth + 1, out)
      line('}')
      break
    case 'if':
      line(`if ${printExpr(s.cond)} {`)
      printBody(s.then, depth + 1, out)
      if (s.else.length > 0) {
        line('} else {')
        printBody(s.else, depth + 1, out)
      }
      line('}')
      break
    case 'call':
      line(`${oneLine(s.name)}(${s.args.map(printExpr).join(', ')})`)
      break
    case 'return':
      line(s.value === undefined ? 'return' : `return ${printExpr(s.value)}`)
      break
    case 'barrier':
      line(`barrier of ${s.threads} threads at ${s.at}`)
      break
    case 'comment':
      line(`// ${oneLine(s.text)}`)
      break
    default:
      s satisfies never
  }
}

const printBody = (body: readonly Stmt[], depth: number, out: string[]): void => {
  for (const s of body) printStatement(s, depth, out)
}

const printFunction = (f: LoopFunction): string => {
  const params = f.params.map(p => `${oneLine(p)}: i32`).join(', ')
  const out = [
    `${f.exported ? 'export ' : ''}function ${oneLine(f.name)}(${params})${f.returns ? ': i32' : ''} {`,
  ]
  printBody(shareFunction(f).body, 1, out)
  out.push('}')
  return out.join('\n')
}

/** The module as people read it: shared expressions named, a statement a line. It does not parse back. */
export const printLoops = (module: LoopModule): string =>
  `${module.functions.map(printFunction).join('\n\n')}\n`
