/** Where the time of a step goes, kernel by kernel. */
import { compileProgram, loadPlan, type Target } from '../../compiler/compile.js'
import { originOf } from '../../dsl/layers/origin.js'
import type { StepProgram } from '../../dsl/trace/step.js'
import { Arena } from '../../runtime/arena.js'
import type { Executable } from '../../runtime/executable.js'
import { bug } from '../../runtime/fault.js'
import type { KernelReport, Plan } from '../../runtime/plan.js'
import { sampleInputs } from '../testing/sample.js'
import { CACHED, measurePeaks, type Peaks } from './peaks.js'
import { quantile, timed } from './timer.js'

/** What a kernel works for: a layer, or a part of the step such as `loss` or `optimizer`. */
export interface Cause {
  /** Its name in the model, e.g. `layer0`. */
  readonly path: string
  /** The layer's kind; a part of the step has none. */
  readonly kind?: string
  /** `file:line` of the call that made the layer, where it was recorded. */
  readonly line?: string
}

/** Which peak of the machine a kernel's speed is compared with: the one it comes nearest to. */
export type Bound = 'arithmetic' | 'cache' | 'memory'

/** One kernel of a step: its time, and what it computed and moved in that time. */
export interface KernelProfile extends Pick<KernelReport, 'name' | 'kind' | 'equations' | 'flops' | 'bytes'> {
  /** What it works for; empty for a copy to an output. */
  readonly causes: readonly Cause[]
  /** Seconds of one call, the lower quartile of many. */
  readonly seconds: number
  /** Its fraction of all kernels' seconds, from 0 to 1. */
  readonly share: number
  /** Its speed as a fraction of the peak in `bound`; 1 is the peak that was measured. */
  readonly ofPeak: number
  /** Which peak it is compared with. */
  readonly bound: Bound
}

/** The profile of a step: its kernels in the order in which they run, and the totals. */
export interface Profile {
  /** The model's title. */
  readonly model: string
  /** Which step was profiled. */
  readonly step: 'training' | 'prediction'
  readonly target: Plan['target']
  /** Samples in the batch. */
  readonly batch: number
  readonly kernels: readonly KernelProfile[]
  /** The sum of all kernels' seconds. */
  readonly seconds: number
  /** Seconds of a whole step in one call, without a clock between its kernels. */
  readonly stepSeconds: number
  /** How many steps were timed kernel by kernel. */
  readonly samples: number
  /** Bytes of memory that the step uses. */
  readonly arenaBytes: number
  readonly peaks: Peaks
}

/** What is profiled, and for how long. */
export interface Profiling {
  readonly model: string
  readonly step: Profile['step']
  readonly batch: number
  readonly target: Target
  /** Seconds that the steps taken apart may need; a step takes as long as it takes. */
  readonly seconds: number
}

const WARM_SECONDS = 0.25
/** The lower quartile: other work on the machine only ever adds. */
const QUARTILE = 0.25
const MOST_SAMPLES = 4000
/** Steps after which the inputs begin anew, as moments that decay end as denormals, which are slow. */
const FRESH = 100

/** A step's profile on numbers like those of training; the weights stay as they are (the rate is 0). */
export const measure = async (program: StepProgram, options: Profiling): Promise<Profile> => {
  const before = await measurePeaks(options.target)
  const arena = new Arena()
  const plan = await compileProgram(program.program, {
    target: options.target,
    donate: program.donate,
    clean: program.donate.map(([, input]) => input),
    reserve: bytes => arena.reserve(bytes),
    kernelsApart: true,
  })
  const executable = await loadPlan(plan, arena)
  const refill = fillWith(program, executable)
  refill()
  timed(executable.step, { samples: MOST_SAMPLES, seconds: WARM_SECONDS, times: 1 })
  const { apart, whole } = takeApart(executable, refill, options.seconds)
  const peaks = bestOf(before, await measurePeaks(options.target))
  const times = apart.map(taken => Math.max(0, quantile(taken, QUARTILE) - peaks.call))
  const seconds = times.reduce((a, b) => a + b, 0)
  return {
    model: options.model,
    step: options.step,
    target: plan.target,
    batch: options.batch,
    kernels: plan.kernels.map((kernel, i) => profileOf(kernel, times[i] ?? 0, seconds, program, peaks)),
    seconds,
    stepSeconds: Math.max(0, quantile(whole, QUARTILE) - peaks.call),
    samples: apart[0]?.length ?? 0,
    arenaBytes: plan.memory.bytes,
    peaks,
  }
}

/** Writes the same numbers into the inputs each time it is called. */
const fillWith = (step: StepProgram, executable: Executable): (() => void) => {
  const inputs = sampleInputs(step, 1)
  const ports = step.program.inputs.map(({ name }, i) => ({ name, data: inputs[i]?.data ?? [] }))
  return () => {
    for (const { name, data } of ports) {
      if (name === 'rate') executable.port(name).fill(0)
      else executable.port(name).set(data)
    }
  }
}

const kernelsOf = (plan: Plan, { part }: Executable): readonly (() => void)[] =>
  plan.kernels.map(({ name }) => {
    const kernel = part(name)
    if (kernel === undefined) throw bug(`the code of ${plan.name} has no kernel ${name} of its own`)
    return kernel
  })

/** Other work on the machine takes from a peak and never adds to it. */
const bestOf = (a: Peaks, b: Peaks): Peaks => ({
  flops: Math.max(a.flops, b.flops),
  memory: Math.max(a.memory, b.memory),
  cache: Math.max(a.cache, b.cache),
  call: Math.min(a.call, b.call),
})

/** Seconds, sample by sample. */
interface Taken {
  /** Of each kernel. */
  readonly apart: readonly Float64Array[]
  /** Of whole steps. */
  readonly whole: Float64Array
}

/**
 * Whole steps and steps kernel by kernel, in turn: whatever else the machine does meets both, and each kernel finds
 * the caches as a step leaves them.
 */
const takeApart = (executable: Executable, refill: () => void, seconds: number): Taken => {
  const kernels = kernelsOf(executable.plan, executable)
  const apart = kernels.map(() => new Float64Array(MOST_SAMPLES))
  const whole = new Float64Array(MOST_SAMPLES)
  const row = new Float64Array(kernels.length)
  const round = (): void => {
    let before = performance.now()
    for (let k = 0; k < kernels.length; k++) {
      kernels[k]?.()
      const now = performance.now()
      row[k] = now - before
      before = now
    }
  }
  const end = performance.now() + 1000 * seconds
  let count = 0
  for (; count < MOST_SAMPLES && (count < 5 || performance.now() < end); count++) {
    if (count % FRESH === 0) refill()
    if (count === 0) for (let i = 0; i < 3; i++) round()
    const began = performance.now()
    executable.step()
    whole[count] = (performance.now() - began) / 1000
    round()
    for (let k = 0; k < kernels.length; k++) (apart[k] ?? row)[count] = (row[k] ?? 0) / 1000
  }
  return { apart: apart.map(all => all.subarray(0, count)), whole: whole.subarray(0, count) }
}

const profileOf = (
  kernel: KernelReport,
  seconds: number,
  all: number,
  step: StepProgram,
  peaks: Peaks,
): KernelProfile => {
  const { name, kind, equations, flops, bytes, sources } = kernel
  const isSmall = bytes <= 2 * CACHED
  const arithmetic = flops / seconds / peaks.flops
  const traffic = bytes / seconds / (isSmall ? peaks.cache : peaks.memory)
  const isArithmetic = !(traffic > arithmetic)
  return {
    name,
    kind,
    equations,
    flops,
    bytes,
    causes: sources.map(path => causeOf(path, step)),
    seconds,
    share: all === 0 ? 0 : seconds / all,
    ofPeak: seconds === 0 ? 0 : Math.max(arithmetic, traffic),
    bound: isArithmetic ? 'arithmetic' : isSmall ? 'cache' : 'memory',
  }
}

const causeOf = (path: string, { layers }: StepProgram): Cause => {
  const layer = layers.find(placed => placed.path.join('/') === path)
  if (layer === undefined) return { path }
  const line = originOf(layer.identity)
  return { path, kind: layer.kind, ...(line === undefined ? {} : { line }) }
}
