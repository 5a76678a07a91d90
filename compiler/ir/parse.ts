import { userFault } from '../../runtime/fault.js'
import { allFamilies } from '../ops/table.js'
import { type Codec, paramCodecs, tensorType } from './params.js'
import type { Equation, EquationOf, Port, Prim, PrimParams, Program, TensorType } from './program.js'
import { Reader } from './read.js'

/*
 * Reads what `print` writes. Syntax is checked here; `check` looks at the meaning.
 */

interface Line {
  readonly text: string
  readonly number: number
}

/** The program of a text; a `user` fault `ir-syntax` names the line that is not understood. */
export const parse = (text: string): Program => {
  allFamilies()
  const blocks = blocksOf(text)
  const main = blocks[0]
  if (main === undefined || main.name !== '') {
    throw userFault('ir-syntax', 'The text of a program starts with `program` and its name.')
  }
  const done = new Map<string, Program>()
  const open = new Set<string>()
  const programOf = (name: string): Program | undefined => {
    const block = blocks.find(candidate => candidate.name === name)
    if (block === undefined || open.has(name)) return undefined
    open.add(name)
    const program = done.get(name) ?? parseBlock(block, programOf)
    open.delete(name)
    done.set(name, program)
    return program
  }
  return parseBlock(main, programOf)
}

interface Block {
  /** `@1`, or nothing for the main program. */
  readonly name: string
  readonly title: string
  readonly lines: Line[]
}

const blocksOf = (text: string): Block[] => {
  const blocks: Block[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    if (/^(program|@\d+)\b/.test(line)) blocks.push(opening(line, i + 1))
    else {
      const block = blocks.at(-1)
      if (block === undefined)
        return new Reader(line, i + 1).fail('the text starts with `program` and its name')
      block.lines.push({ text: line, number: i + 1 })
    }
  }
  return blocks
}

const opening = (line: string, number: number): Block => {
  const r = new Reader(line, number)
  const name = r.peek() === 'program' ? '' : r.word()
  if (name !== '') r.expect('=')
  r.expect('program')
  const title = r.name()
  r.end()
  return { name, title, lines: [] }
}

const parseBlock = (block: Block, programs: (name: string) => Program | undefined): Program => {
  const inputs: Port[] = []
  const outputs: Port[] = []
  const types: TensorType[] = []
  const equations: Equation[] = []
  for (const { text, number } of block.lines) {
    const [code, source] = splitSource(text)
    const r = new Reader(code, number, programs)
    if (r.peek() === 'in') {
      const port = readPort(r)
      r.expect(':')
      types[port.value] = frozenType(tensorType.read(r))
      inputs.push(port)
    } else if (r.peek() === 'out') outputs.push(readPort(r))
    else {
      const equation = readEquation(r, source)
      r.expect(':')
      types[equation.output] = frozenType(tensorType.read(r))
      equations.push(equation)
    }
    r.end()
  }
  return Object.freeze({
    name: block.title,
    inputs: Object.freeze(inputs),
    outputs: Object.freeze(outputs),
    types: Object.freeze(types),
    equations: Object.freeze(equations),
  })
}

/** The line before its first semicolon outside of quotes, and the source after it. */
const splitSource = (text: string): readonly [string, string] => {
  const match = /^((?:[^;"]|"(?:[^"\\]|\\.)*")*);(.*)$/su.exec(text)
  if (match === null) return [text, '']
  const source = match[2]?.trim() ?? ''
  if (!source.startsWith('"')) return [match[1] ?? '', source]
  const unquoted: unknown = JSON.parse(source)
  return [match[1] ?? '', typeof unquoted === 'string' ? unquoted : source]
}

const frozenType = ({ shape, dtype }: TensorType): TensorType =>
  Object.freeze({ shape: Object.freeze(shape), dtype })

const readPort = (r: Reader): Port => {
  r.word()
  return { name: r.name(), value: r.value() }
}

const readEquation = (r: Reader, source: string): Equation => {
  const output = r.value()
  r.expect('=')
  const word = r.word()
  if (!isPrim(word)) return r.fail(`there is no primitive ${word}`)
  const inputs: number[] = []
  while (r.peek().startsWith('%')) inputs.push(r.value())
  return Object.freeze(equationOf(word, inputs, output, readParams(word, r), source))
}

const isPrim = (word: string): word is Prim => Object.hasOwn(paramCodecs, word)

const readParams = <P extends Prim>(prim: P, r: Reader): PrimParams[P] => {
  const codec: Codec<PrimParams[P]> = paramCodecs[prim]
  return codec.read(r)
}

const equationOf = <P extends Prim>(
  prim: P,
  inputs: readonly number[],
  output: number,
  params: PrimParams[P],
  source: string,
): Equation => {
  const equation: EquationOf<P> = { prim, params, inputs, output, source }
  // as in the builder: the union holds EquationOf<P> for every P
  return equation as Equation
}
