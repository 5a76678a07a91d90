import { if_ } from '../../compiler/loop/expr.js'
import type { LoopFunction, LoopModule, Stmt } from '../../compiler/loop/ir.js'
import { bug } from '../../runtime/fault.js'

const renamed = (stmts: readonly Stmt[], nameOf: (name: string) => string): readonly Stmt[] =>
  stmts.map(s => {
    if (s.kind === 'call') return { ...s, name: nameOf(s.name) }
    if (s.kind === 'for') return { ...s, body: renamed(s.body, nameOf) }
    if (s.kind === 'if') return if_(s.cond, renamed(s.then, nameOf), renamed(s.else, nameOf))
    return s
  })

/** Several programs as one module: the step of each is exported under the name it is given here. */
export const mergeModules = (
  parts: readonly (readonly [step: string, module: LoopModule])[],
): LoopModule => ({
  functions: parts.flatMap(([step, module]): readonly LoopFunction[] => {
    if (!module.functions.some(f => f.name === 'step')) throw bug(`the program for ${step} has no step`)
    const nameOf = (name: string) => (name === 'step' ? step : `${step}_${name}`)
    return module.functions.map(f => ({ ...f, name: nameOf(f.name), body: renamed(f.body, nameOf) }))
  }),
})
