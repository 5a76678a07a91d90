import type { Builder } from '../ir/build.js'
import type { Equation, Prim, Program, Value } from '../ir/program.js'
import { pruned, rebuilt } from '../ir/rebuild.js'
import { rowOf } from '../ops/rows.js'
import { folded } from './fold.js'
import type { Pass } from './pass.js'
import { arithmeticRules } from './rules/arithmetic.js'
import type { Rule } from './rules/rule.js'
import { viewRules } from './rules/views.js'

const constants: Rule = {
  name: 'constants',
  on: 'all',
  doc: 'what a rule has made of constants is computed',
  apply: (b, equation) => folded(b, equation),
}

/** Every rewriting that `simplify` knows; families add their own. */
export const rules: Rule[] = [constants, ...viewRules, ...arithmeticRules]

/** From now on these rules are tried too, after all others. */
export const addRules = (more: readonly Rule[]): void => {
  rules.push(...more)
}

/** Rules make work for each other; more sweeps than this have never been needed. */
const SWEEPS = 8

/** Algebra: identities that hold to the bit, views merged, transposes absorbed. */
export const simplify: Pass = {
  name: 'simplify',
  description: 'applies identities of arithmetic and of views until none fits',
  run: program => simplified(program, rules),
}

/** The program rewritten by `using` until no rule fits. */
export const simplified = (program: Program, using: readonly Rule[]): Program => {
  const found = new Map<Prim, readonly Rule[]>()
  const fitting = (prim: Prim): readonly Rule[] => {
    const fit = found.get(prim) ?? using.filter(rule => looksAt(rule, prim))
    found.set(prim, fit)
    return fit
  }
  let current = program
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const { result, fired } = sweepOnce(current, fitting)
    current = pruned(result)
    if (!fired) break
  }
  return current
}

const looksAt = ({ on }: Rule, prim: Prim): boolean =>
  typeof on === 'string' ? on === 'all' || on === rowOf(prim).lower.kind : on.includes(prim)

const sweepOnce = (
  program: Program,
  fitting: (prim: Prim) => readonly Rule[],
): { readonly result: Program; readonly fired: boolean } => {
  let fired = false
  const uses = usesOf(program)
  const result = rebuilt(program, {
    equation: (b, equation, at) => {
      const here: Equation = { ...equation, inputs: equation.inputs.map(v => at.get(v) ?? v) }
      const usesHere = (operand: Value): number =>
        uses.get(equation.inputs[here.inputs.indexOf(operand)] ?? -1) ?? 0
      const better = rewritten(b, here, fitting(here.prim), usesHere)
      if (better === undefined) return b.copy(equation, at)
      fired = true
      return better
    },
  })
  return { result, fired }
}

const rewritten = (
  b: Builder,
  equation: Equation,
  using: readonly Rule[],
  uses: (operand: Value) => number,
): Value | undefined => {
  for (const rule of using) {
    const value = rule.apply(b, equation, uses)
    if (value !== undefined) return value
  }
  return undefined
}

/** How often each value is read, by equations and outputs. */
const usesOf = (program: Program): ReadonlyMap<Value, number> => {
  const uses = new Map<Value, number>()
  const read = (value: Value): void => {
    uses.set(value, (uses.get(value) ?? 0) + 1)
  }
  for (const equation of program.equations) for (const input of equation.inputs) read(input)
  for (const port of program.outputs) read(port.value)
  return uses
}
