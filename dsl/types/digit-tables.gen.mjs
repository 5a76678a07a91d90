// Prints digit-tables.ts: `node dsl/types/digit-tables.gen.mjs > dsl/types/digit-tables.ts`.
// A test compares the committed file with this output.
const digits = [...Array(10).keys()]
const pair = (high, low) => `'${high}${low}'`
const row = cells => `[${cells.join(', ')}]`
const byKey = (keys, cellsAt) => keys.map(key => `    '${key}': ${cellsAt(key)}`).join('\n')
const nested = (outerKeys, innerKeysOf, cellsOf) =>
  outerKeys
    .map(outer => `  '${outer}': {\n${byKey(innerKeysOf(outer), inner => row(cellsOf(outer, inner)))}\n  }`)
    .join('\n')

const add = (carry, a) => digits.map(b => pair(Math.floor((a + b + carry) / 10), (a + b + carry) % 10))
const subtract = (borrow, a) => digits.map(b => pair(a < b + borrow ? 1 : 0, (a - b - borrow + 10) % 10))
const multiply = (a, b) => digits.slice(0, 9).map(c => pair(Math.floor((a * b + c) / 10), (a * b + c) % 10))
const divide = (by, rest) => digits.map(d => pair(Math.floor((rest * 10 + d) / by), (rest * 10 + d) % by))

process.stdout.write(`// Written by digit-tables.gen.mjs; a test compares the two. Do not edit.

/** \`AddTable[carry][a][b]\` is "carry digit" of a + b + carry. */
export interface AddTable {
${nested([0, 1], () => digits, add)}
}

/** \`SubtractTable[borrow][a][b]\` is "borrow digit" of a - b - borrow. */
export interface SubtractTable {
${nested([0, 1], () => digits, subtract)}
}

/** \`MultiplyTable[a][b][carry]\`, carry 0 to 8, is "carry digit" of a * b + carry. */
export interface MultiplyTable {
${nested(digits, () => digits, multiply)}
}

/** \`DivideTable[divisor][rest][digit]\` is "quotient rest" of (10 * rest + digit) / divisor. */
export interface DivideTable {
${nested(digits.slice(1), by => [...Array(by).keys()], divide)}
}
`)
