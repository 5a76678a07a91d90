/*
 * The elementary functions as expressions of the loop IR: f32, one lane or four, no tables and no calls. The
 * same bits on every target; at most 2 ulp, erfc 3, from the rounded result where that is normal
 * (test/loop/accuracy.test.ts).
 */
export { exp, expm1, log, log1p, logistic } from './math/exp-log.js'
export { cbrt, pow, rsqrt } from './math/power.js'
export { threefry2x32 } from './math/random.js'
export { erf, erfc, tanh } from './math/special.js'
export { atan2, cos, sin, tan } from './math/trig.js'
