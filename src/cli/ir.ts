import { gradient } from '../../compiler/autodiff/vjp.js'
import { scheduleProgram } from '../../compiler/compile.js'
import { check } from '../../compiler/ir/check.js'
import { print } from '../../compiler/ir/print.js'
import type { Program } from '../../compiler/ir/program.js'
import { printLoops } from '../../compiler/loop/print.js'
import { optimize } from '../../compiler/passes/pipeline.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { traceLoss } from '../../dsl/trace/loss.js'
import { type StepProgram, tracePredict } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import { userFault } from '../../runtime/fault.js'
import type { NamedModel } from './models.js'
import type { CommandLine } from './options.js'

/** What `densor ir` prints of one model: the program after each pass, or its loops, or its WebAssembly. */
export const showIr = ({ name, model }: NamedModel, line: CommandLine): string => {
  const step = stepOf(model, line)
  if (line.loops || line.wat) {
    const { donate, streams, guard } = step
    const { module } = scheduleProgram(step.program, {
      donate,
      streams,
      ...(guard === undefined ? {} : { guard }),
    })
    return line.wat ? printWat(module) : printLoops(module)
  }
  const stages = [section(name, 'as traced', step.program)]
  const stopAfter = line.stopAfter
  optimize(step.program, {
    check,
    ...(stopAfter === undefined ? {} : { stopAfter }),
    onPass: (pass, program) => stages.push(section(name, `after ${pass.name}: ${pass.description}`, program)),
  })
  return stages.join('\n')
}

const section = (name: string, stage: string, program: Program): string =>
  `; ${name}, ${stage}\n${print(program)}`

/** The requested program: by default prediction; `--train` the whole step, `--grad` the loss and its gradients. */
const stepOf = (model: unknown, line: CommandLine): StepProgram => {
  const { batch, sizes, loss, optimizer, train, grad } = line
  const trace = { model, batch, sizes }
  if (train) return traceTrainStep(trace, { loss, optimizer })
  if (!grad) return tracePredict(trace)
  const step = traceLoss(trace, { loss })
  const params = step.program.inputs.findIndex(port => port.name === 'params')
  if (params < 0) {
    throw userFault('no-weights', 'the model has no weights that its loss has a gradient for', {
      suggestion: 'Leave out --grad.',
    })
  }
  return { ...step, program: gradient(step.program, [params]) }
}
