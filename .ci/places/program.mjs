/** The README's first model, unchanged, in the forms that places ask for. */
import { readFileSync } from 'node:fs'
import { transform } from 'esbuild'

const BLOCK = /```ts\n([\s\S]*?)```(\n+```text)?/g

/** The first program of the README that trains; one whose error the README shows does not. */
export const firstModel = readme => {
  const found = [...readFileSync(readme, 'utf8').matchAll(BLOCK)].find(
    ([, text, error]) => error === undefined && text.includes('fit('),
  )
  if (found === undefined) throw new Error(`${readme} holds no program that trains`)
  return found[1]
}

const IMPORT = /^import \{([\s\S]*?)\} from '(.*?)'\n/gm

/** A program, as TypeScript and as JavaScript, whole or as a function that is given a console. */
export const formsOf = async typescript => {
  const { code } = await transform(typescript, { loader: 'ts', format: 'esm', target: 'es2022' })
  const imports = [...typescript.matchAll(IMPORT)]
  if (imports.length === 0) throw new Error('the program imports nothing')
  const asFunction = (text, lines) => `${lines.join('\n')}
const main = async console => {
${text.replace(IMPORT, '').replace(/^import [\s\S]*?;\n/gm, '')}
}
`
  const importLines = imports.map(([line]) => line.trim())
  const requireLines = imports.map(([, names, from]) => `const {${names}} = require('${from}')`)
  return {
    typescript,
    javascript: code,
    /** `main(console)`, after imports, or after `require`. */
    main: asFunction(code, importLines),
    mainTyped: asFunction(typescript, importLines).replace(
      'async console =>',
      'async (console: { log: (...said: unknown[]) => void }) =>',
    ),
    mainRequired: asFunction(code, requireLines),
  }
}

/** Before what a function form says, so that it is found among what tools print. */
export const MARK = 'densor says: '

/** A call of a function form that prints, after the mark, what the program says. */
export const SAY = `const said = []
await main({ log: (...words) => said.push(words) })
console.log('${MARK}' + JSON.stringify(said))
`

const numbersIn = text => [...text.matchAll(/-?\d+\.\d+(?:e-?\d+)?/g)].map(([digits]) => Number(digits))

/** The numbers that a program said last, whatever else was printed: progress is not counted. */
export const answerOf = printed => {
  const lines = printed.split('\n').filter(line => numbersIn(line).length > 0 && !/^\s*epoch\b/.test(line))
  const marked = lines.filter(line => line.includes(MARK))
  const last = (marked.length > 0 ? marked : lines).at(-1)
  return last === undefined ? [] : numbersIn(last)
}

/** Whether two answers are the same, but for the last digits: engines may round a multiply-add once or twice. */
export const agree = (a, b) => a.length === b.length && a.every((x, i) => Math.abs(x - b[i]) <= 0.02)
