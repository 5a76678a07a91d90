import { type Locals, type Signature, writeBody } from './wasm-body.js'
import { Bytes } from './wasm-bytes.js'
import type { ValueType } from './wasm-opcodes.js'
import { WatReader } from './wat-read.js'

/*
 * WebAssembly text -> bytes, for the part of the text format that `wasm.ts` prints: one module of an imported memory
 * and functions of folded instructions. Section 5 of the specification; the bytes are those that wabt makes.
 */

const typeCodes: { readonly [T in ValueType]: number } = { i: 0x7f, l: 0x7e, f: 0x7d, d: 0x7c, v: 0x7b }
const typeNames: ReadonlyMap<string, ValueType> = new Map([
  ['i32', 'i'],
  ['i64', 'l'],
  ['f32', 'f'],
  ['f64', 'd'],
  ['v128', 'v'],
])

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 }
const FUNCTION = 0x00
const MEMORY = 0x02
const FUNCTION_TYPE = 0x60

/** A function whose head has been read: the rest is read once all heads are. */
interface Head extends Signature {
  readonly index: number
  readonly exported: readonly (readonly number[])[]
  readonly locals: Locals
  /** Where the reader finds its body. */
  readonly place: number
}

const valueType = (reader: WatReader): ValueType => {
  const word = reader.take()
  const type = typeNames.get(word)
  if (type === undefined) throw reader.wrong(`'${word}' is no type`)
  return type
}

/** Parameters or locals: one with a name, or several without. */
const declare = (reader: WatReader, locals: Locals): void => {
  const name = reader.name()
  if (name !== undefined) locals.indices.set(name, locals.types.length)
  while (reader.peek() !== ')') locals.types.push(valueType(reader))
  reader.expect(')')
}

/** `(func $name (export "e") (param $x i32) (result i32) (local $y v128)` up to the first instruction. */
const readHead = (reader: WatReader, index: number): readonly [name: string | undefined, head: Head] => {
  const name = reader.name()
  const exported: (readonly number[])[] = []
  while (reader.opens('export')) {
    exported.push(reader.string())
    reader.expect(')')
  }
  const locals: Locals = { indices: new Map(), types: [], params: 0 }
  while (reader.opens('param')) declare(reader, locals)
  const params = [...locals.types]
  let result: ValueType | '' = ''
  if (reader.opens('result')) {
    result = valueType(reader)
    reader.expect(')')
  }
  while (reader.opens('local')) declare(reader, locals)
  const head = { index, exported, params, result, locals: { ...locals, params: params.length } }
  return [name, { ...head, place: reader.place }]
}

/** Each signature once, in the order in which functions have them. */
class Types {
  readonly #indices = new Map<string, number>()
  readonly bytes = new Bytes()

  get count(): number {
    return this.#indices.size
  }

  of({ params, result }: Signature): number {
    const key = `${params.join('')}:${result}`
    const known = this.#indices.get(key)
    if (known !== undefined) return known
    const index = this.#indices.size
    this.#indices.set(key, index)
    this.bytes.byte(FUNCTION_TYPE)
    this.bytes.unsigned(params.length)
    this.bytes.bytes(params.map(p => typeCodes[p]))
    this.bytes.bytes(result === '' ? [0] : [1, typeCodes[result]])
    return index
  }
}

/** `(import "env" "memory" (memory 1 65536 shared))` behind its first word. */
const readImport = (reader: WatReader, out: Bytes): void => {
  for (const name of [reader.string(), reader.string()]) {
    out.unsigned(name.length)
    out.bytes(name)
  }
  if (!reader.opens('memory')) throw reader.wrong('only a memory is imported')
  const least = reader.number()
  const most = reader.peek() === ')' ? undefined : reader.number()
  const flags = (most === undefined ? 0 : 1) + (reader.takes('shared') ? 2 : 0)
  out.bytes([MEMORY, flags])
  out.unsigned(least)
  if (most !== undefined) out.unsigned(most)
  reader.expect(')')
  reader.expect(')')
}

const section = (out: Bytes, id: number, count: number, content: Bytes): void => {
  if (count === 0) return
  const counted = new Bytes(content.length + 8)
  counted.unsigned(count)
  counted.bytes(content.written())
  out.byte(id)
  out.sized(counted)
}

/** The declarations of a body: runs of locals of one type. */
const writeLocals = ({ types, params }: Locals, out: Bytes): void => {
  const runs: { type: ValueType; count: number }[] = []
  for (const type of types.slice(params)) {
    const last = runs.at(-1)
    if (last?.type === type) last.count++
    else runs.push({ type, count: 1 })
  }
  out.unsigned(runs.length)
  for (const { type, count } of runs) {
    out.unsigned(count)
    out.byte(typeCodes[type])
  }
}

/** Reads the fields of the module: its import, and the heads of its functions. */
const readFields = (reader: WatReader, imports: Bytes) => {
  const heads: Head[] = []
  const byName = new Map<string, Head>()
  let imported = 0
  while (reader.peek() !== ')') {
    if (reader.opens('import')) {
      readImport(reader, imports)
      imported++
    } else if (reader.opens('func')) {
      const [name, head] = readHead(reader, heads.length)
      heads.push(head)
      if (name !== undefined) byName.set(name, head)
      reader.skip()
    } else throw reader.wrong('it is neither an import nor a function that follows')
  }
  reader.expect(')')
  if (reader.peek() !== '') throw reader.wrong('the module has ended before')
  return { heads, byName, imported }
}

/** Turns WebAssembly text into bytes; faults (a bug) where the text is not a valid module. */
export type Assemble = (text: string) => Uint8Array<ArrayBuffer>

/** The bytes of a module as `printWat` writes it; types are checked. */
export const assemble: Assemble = text => {
  const reader = new WatReader(text)
  const [types, imports, functions, exported, code] = [
    new Types(),
    new Bytes(),
    new Bytes(),
    new Bytes(),
    new Bytes(text.length >> 3),
  ]
  reader.expect('(')
  reader.expect('module')
  const { heads, byName, imported } = readFields(reader, imports)
  const body = new Bytes(4096)
  for (const head of heads) {
    functions.unsigned(types.of(head))
    for (const name of head.exported) {
      exported.unsigned(name.length)
      exported.bytes(name)
      exported.byte(FUNCTION)
      exported.unsigned(head.index)
    }
    reader.goTo(head.place)
    body.clear()
    writeLocals(head.locals, body)
    writeBody(reader, head.locals, head.result, byName, body)
    code.sized(body)
  }
  const out = new Bytes(code.length + 1024)
  out.bytes(MAGIC)
  section(out, SECTION.type, types.count, types.bytes)
  section(out, SECTION.import, imported, imports)
  section(out, SECTION.function, heads.length, functions)
  section(
    out,
    SECTION.export,
    heads.reduce((n, h) => n + h.exported.length, 0),
    exported,
  )
  section(out, SECTION.code, heads.length, code)
  return out.written().slice()
}
