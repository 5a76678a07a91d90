/** The C file, its header and its test program. */
import type { WeightVectors } from '../../../dsl/trace/initial.js'
import { sizeOf } from '../../../runtime/dtype.js'
import { bug, userFault } from '../../../runtime/fault.js'
import { grouped } from '../../text.js'
import { aboutModel, bannerOf } from '../banner.js'
import { bindPlan } from '../bind.js'
import type { EmittedFile, ModelParts } from '../emit.js'
import { packF32 } from '../pack-weights.js'
import type { EmbedPlan, EmbedPort } from '../plan.js'
import { printC99 } from './print.js'

const PER_LINE = 10

/** Words of the memory as it begins: what is not named is 0. */
const wordsOf = (address: number, bytes: Uint8Array): readonly string[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const words = Array.from(
    { length: bytes.length / 4 },
    (_, i) => `0x${view.getUint32(4 * i, true).toString(16)}u`,
  )
  const lines = Array.from({ length: Math.ceil(words.length / PER_LINE) }, (_, i) =>
    words.slice(PER_LINE * i, PER_LINE * (i + 1)).join(','),
  )
  return lines.length === 0 ? [] : [`  [${address / 4}] = ${lines.join(',\n  ')},`]
}

const memoryOf = (plan: EmbedPlan, { params, state }: WeightVectors): string => {
  const none = new Float32Array()
  const parts = [
    ...wordsOf(plan.params, packF32({ params, state: none })),
    ...wordsOf(plan.state, packF32({ params: state, state: none })),
    ...plan.constants.flatMap(({ offset, data }) => wordsOf(offset, data)),
  ]
  const words = plan.usedBytes / 4
  return [
    `static union { uint32_t u[${words}]; int32_t i[${words}]; float f[${words}]; double d[${Math.ceil(words / 2)}]; } M = { {`,
    ...(parts.length === 0 ? ['  0'] : parts),
    '} };',
  ].join('\n')
}

/**
 * The names of arguments. The side before a port's own name keeps it off the words of C; where two names are alike when
 * they are spelled as identifiers, the later one is numbered.
 */
const argumentsOf = (ports: readonly EmbedPort[], single: boolean, side: 'x' | 'out'): readonly string[] => {
  if (single) return [side]
  const taken = new Set<string>()
  return ports.map(({ name }) => {
    const plain = `${side}_${name.replace(/\W/g, '_')}`
    let own = plain
    for (let n = 2; taken.has(own); n++) own = `${plain}_${n}`
    taken.add(own)
    return own
  })
}

/** The names of a model's inputs, and of its outputs. */
const argumentNames = ({ inputs, outputs, single }: EmbedPlan) => ({
  xs: argumentsOf(inputs, single, 'x'),
  outs: argumentsOf(outputs, single, 'out'),
})

const signature = (plan: EmbedPlan): string => {
  const { xs, outs } = argumentNames(plan)
  const args = [...xs.map(x => `const float *${x}`), ...outs.map(out => `float *${out}`)]
  return `void ${plan.name}_predict(${args.join(', ')})`
}

const headerOf = (plan: EmbedPlan, banner: string, rows: number): string => {
  const guard = `${plan.name.toUpperCase().replace(/\W/g, '_')}_H`
  const size = (p: EmbedPort): number => rows * sizeOf(p.shape)
  const all = [...plan.inputs, ...plan.outputs]
  const { xs, outs } = argumentNames(plan)
  const names = [...xs, ...outs]
  return `${banner}
#ifndef ${guard}
#define ${guard}

#ifdef __cplusplus
extern "C" {
#endif

/* ${all.map((p, i) => `${names[i]}: ${size(p)} floats`).join('; ')}. Not for several threads at once. */
${signature(plan)};

#ifdef __cplusplus
}
#endif

#endif
`
}

const copies = (plan: EmbedPlan, rows: number): readonly string[] => {
  const { xs, outs } = argumentNames(plan)
  const each = (p: EmbedPort): string => `for (n = 0; n < ${rows * sizeOf(p.shape)}; n++)`
  const place = (p: EmbedPort): string => `M.f[${p.address / 4} + n]`
  return [
    ...plan.inputs.map((p, i) => `  ${each(p)} ${place(p)} = ${xs[i]}[n];`),
    `  ${plan.steps.map(step => `k_${step.name}();`).join('')}`,
    ...plan.outputs.map((p, i) => `  ${each(p)} ${outs[i]}[n] = ${place(p)};`),
  ]
}

const sourceOf = (
  { plan }: ModelParts,
  weights: WeightVectors,
  banner: string,
  rows: number,
): string => `${banner}
#include "${plan.name}.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

/* products and sums are rounded one by one; compilers that keep to C99 do that unasked */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

${memoryOf(plan, weights)}

${printC99(plan.module).text}

${signature(plan)} {
  int n;
${copies(plan, rows).join('\n')}
}
`

const literal = (x: number): string => {
  const digits = x.toPrecision(9)
  return Number.isFinite(x)
    ? `${/[.e]/.test(digits) ? digits : `${digits}.0`}f`
    : Number.isNaN(x)
      ? 'NAN'
      : x < 0
        ? '-INFINITY'
        : 'INFINITY'
}

/** A program that compares with what densor itself computes, to the bit; its exit status is 0 where they agree. */
const testOf = (plan: EmbedPlan, weights: WeightVectors, banner: string, rows: number): string => {
  const x = Float32Array.from({ length: rows * sizeOf(plan.inputs[0]?.shape ?? []) }, (_, i) =>
    Math.sin(i * i + 1),
  )
  // The typed edge: a plan of one input and one output has this function.
  const { predict } = bindPlan(plan, weights) as { readonly predict: (x: Float32Array) => Float32Array }
  const out = predict(x)
  const list = (values: Float32Array): string =>
    [...values]
      .map(literal)
      .join(', ')
      .replace(/((?:[^,]+, ){8})/g, '$1\n  ')
  return `${banner}
#include "${plan.name}.h"

#include <math.h>
#include <stdio.h>

static const float x[${x.length}] = {
  ${list(x)}
};
static const float expected[${out.length}] = {
  ${list(out)}
};
static float out[${out.length}];

int main(void) {
  int n, wrong = 0;
  ${plan.name}_predict(x, out);
  for (n = 0; n < ${out.length}; n++) {
    if (out[n] == expected[n] || (isnan(out[n]) && isnan(expected[n]))) continue;
    printf("%d: %.9g, expected %.9g\\n", n, (double)out[n], (double)expected[n]);
    wrong++;
  }
  printf("${plan.name}: %d of ${out.length} numbers are wrong\\n", wrong);
  return wrong == 0 ? 0 : 1;
}
`
}

/** \`NAME.c\`, \`NAME.h\`, and \`NAME_test.c\` for a model of one input and output. Faults without weights. */
export const emitC = (parts: ModelParts): readonly EmittedFile[] => {
  const { plan, weights } = parts
  if (plan.prepares.length > 0) throw bug(`the C of ${plan.name} has no place for ${plan.prepares.join()}`)
  if (weights === undefined && plan.layout.weights.length > 0)
    throw userFault('no-weights', `${plan.name}: C needs the weights when it is built`, {
      suggestion: 'Give the file that fit saved with --load FILE.',
    })
  const given = weights ?? { params: new Float32Array(), state: new Float32Array() }
  const rows = plan.fixed
  const about = aboutModel(plan, {}).filter(line => !line.startsWith('wasm:'))
  const banner = bannerOf([...about, `${grouped(plan.usedBytes)} bytes of memory, weights and all`])
  return [
    { name: `${plan.name}.c`, content: sourceOf(parts, given, banner, rows) },
    { name: `${plan.name}.h`, content: headerOf(plan, banner, rows) },
    ...(plan.single ? [{ name: `${plan.name}_test.c`, content: testOf(plan, given, banner, rows) }] : []),
  ]
}
