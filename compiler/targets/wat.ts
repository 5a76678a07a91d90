/*
 * WebAssembly text as a tree and its printer: the only place that decides what characters go into the text.
 * Nothing from outside enters it but through `comment`, `quoted` and a `Namer`.
 */

/** A folded instruction: `(head args…)`; `width` is its length on one line. */
export interface Wat {
  readonly head: string
  readonly args: readonly Wat[]
  readonly width: number
}

/** The instruction `head` with its folded operands. */
export const wat = (head: string, ...args: readonly Wat[]): Wat => {
  let width = head.length + 2
  for (const arg of args) width += arg.width + 1
  return { head, args, width }
}

/** A line comment; whatever is not printable ASCII becomes `?`, so that a comment stays one line. */
export const comment = (text: string): string => `;; ${text.replace(/[^ -~]/g, '?')}`

/** A string literal; every byte of its UTF-8 outside [A-Za-z0-9_] is written as a hexadecimal escape. */
export const quoted = (text: string): string => {
  const bytes = new TextEncoder().encode(text)
  const escaped = (byte: number): string => {
    const char = String.fromCharCode(byte)
    return /[A-Za-z0-9_]/.test(char) ? char : `\\${byte.toString(16).padStart(2, '0')}`
  }
  return `"${Array.from(bytes, escaped).join('')}"`
}

/**
 * Gives each name of ours one identifier of the target's: letters, digits, `_` and `.`, never twice the same.
 */
export class Namer {
  private readonly given = new Map<string, string>()
  private readonly taken = new Set<string>()

  /** `reserved` identifiers are never given; `separator` stands before the number that tells two apart. */
  constructor(
    reserved: Iterable<string> = [],
    private readonly separator = '.',
  ) {
    for (const id of reserved) this.taken.add(id)
  }

  /** The identifier of `name`: always the same. */
  of(name: string): string {
    const known = this.given.get(name)
    if (known !== undefined) return known
    const id = this.fresh(name)
    this.given.set(name, id)
    return id
  }

  /** An identifier like `name` that nothing else has. */
  fresh(name: string): string {
    const base = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[0-9]|$)/, '_')
    let id = base
    for (let n = 1; this.taken.has(id); n++) id = `${base}${this.separator}${n}`
    this.taken.add(id)
    return id
  }
}

/** A float literal that reads back to the same bits; `single` finds the shortest that does so as an f32. */
export const floatLiteral = (value: number, single: boolean): string => {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (Object.is(value, -0)) return '-0'
  if (!single || Number.isInteger(value)) return String(value)
  for (let digits = 6; digits <= 8; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(Number(value.toPrecision(9)))
}

const limit = 110
const indents: string[] = ['']
const indentOf = (depth: number): string => {
  for (let n = indents.length; n <= depth; n++) indents.push(`${indents[n - 1]}  `)
  return indents[depth] ?? ''
}

const flat = (node: Wat): string => {
  let text = `(${node.head}`
  for (const arg of node.args) text += ` ${flat(arg)}`
  return `${text})`
}

/** Appends `node` to the pieces of a text, on one line where it fits, else an operand a line. */
const writeNode = (node: Wat, depth: number, out: string[]): void => {
  if (node.args.length === 0 || node.width + 2 * depth <= limit) {
    out.push(flat(node))
    return
  }
  out.push('(', node.head)
  for (const arg of node.args) {
    out.push('\n', indentOf(depth + 1))
    writeNode(arg, depth + 1, out)
  }
  out.push(')')
}

/** A text that grows line by line; joined once, at the end. */
export class WatText {
  private readonly pieces: string[] = []

  /** One line as it is. */
  line(depth: number, text: string): void {
    this.pieces.push(indentOf(depth), text, '\n')
  }

  /** One instruction. */
  node(depth: number, node: Wat): void {
    this.pieces.push(indentOf(depth))
    writeNode(node, depth, this.pieces)
    this.pieces.push('\n')
  }

  /** One instruction without its closing parenthesis. */
  open(depth: number, node: Wat): void {
    this.node(depth, node)
    this.pieces.pop()
    const last = this.pieces.pop() ?? ''
    this.pieces.push(last.slice(0, -1), '\n')
  }

  /** Everything another text holds. */
  append(other: WatText): void {
    this.pieces.push(other.toString())
  }

  toString(): string {
    return this.pieces.join('')
  }
}
