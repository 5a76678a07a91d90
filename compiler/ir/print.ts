import { type Codec, type Programs, paramCodecs } from './params.js'
import { type Equation, type EquationOf, type Port, type Prim, type Program, showType } from './program.js'

/*
 * The text form: one equation a line, in order, with types, and the layer that asked for it after a semicolon.
 *
 *   program mlp
 *     in x %0 : f32[128,784]
 *     %2 = dot_general %0 %1 {lhsBatch: [], …} : f32[128,256]  ; layer0/dense
 *     out y %2
 *
 * Programs inside of equations are called @1, @2, … and follow the main one.
 */

/** The text of a program, which `parse` reads back. */
export const print = (program: Program): string => {
  const names = new Map<Program, string>()
  const queue: Program[] = []
  const programs: Programs = {
    nameOf: inner => {
      const known = names.get(inner)
      if (known !== undefined) return known
      const name = `@${names.size + 1}`
      names.set(inner, name)
      queue.push(inner)
      return name
    },
  }
  const texts = [printOne(program, 'program', programs)]
  for (const inner of queue) texts.push(printOne(inner, `${names.get(inner)} = program`, programs))
  return texts.join('\n')
}

const printOne = (program: Program, opening: string, programs: Programs): string =>
  [
    `${opening} ${showName(program.name)}`,
    ...program.inputs.map(port => `  in ${showPort(port)} : ${typeOf(program, port.value)}`),
    ...program.equations.map(equation => `  ${line(program, equation, programs)}`),
    ...program.outputs.map(port => `  out ${showPort(port)}`),
    '',
  ].join('\n')

/** One equation as the printer writes it; programs inside are shown by name only. */
export const printEquation = (program: Program, equation: Equation): string =>
  line(program, equation, { nameOf: inner => `@${showName(inner.name)}` })

const line = <P extends Prim>(program: Program, equation: EquationOf<P>, programs: Programs): string => {
  const codec: Codec<EquationOf<P>['params']> = paramCodecs[equation.prim]
  const words = [
    `%${equation.output} =`,
    equation.prim,
    ...equation.inputs.map(v => `%${v}`),
    codec.write(equation.params, programs),
    `: ${typeOf(program, equation.output)}`,
  ]
  const source = equation.source === '' ? '' : `  ; ${showSource(equation.source)}`
  return words.filter(word => word !== '').join(' ') + source
}

const typeOf = (program: Program, value: number): string => {
  const type = program.types[value]
  return type === undefined ? '?' : showType(type)
}

const showPort = ({ name, value }: Port): string => `${showName(name)} %${value}`

/** Bare where it reads back as one word, else quoted. */
const showName = (name: string): string => (/^[^\s{}[\]:,=;"%@]+$/.test(name) ? name : JSON.stringify(name))

/** A source runs to the end of the line; it is quoted where that would lose something. */
const showSource = (source: string): string =>
  /^[^"\s](?:[^\p{Cc}\u2028\u2029]*\S)?$/u.test(source) ? source : JSON.stringify(source)
