import { type Fault, limitation } from './fault.js'

/** How engines say that a policy, or whoever embeds them, forbids code that is made while the program runs. */
const WORDS = /unsafe-eval|content.security.policy|blocked by csp|code generation|call to eval/i

const BEFOREHAND =
  'build the model beforehand with densor build: its modules in JavaScript (--target js) need no permission, ' +
  'and those with WebAssembly in a file (--wasm import) suit workers at the edge.'

const notesOf = (thrown: unknown): readonly string[] => [
  thrown instanceof Error ? thrown.message : String(thrown),
]

/** What an engine threw for a policy without `'wasm-unsafe-eval'`, as a limitation; `undefined` for anything else. */
export const wasmForbidden = (thrown: unknown): Fault | undefined =>
  WORDS.test(notesOf(thrown)[0] ?? '')
    ? limitation(
        'wasm-forbidden',
        'WebAssembly may not be compiled here: the policy of this page or worker forbids it.',
        {
          notes: notesOf(thrown),
          suggestion: `Add 'wasm-unsafe-eval' to the content security policy (script-src 'self' 'wasm-unsafe-eval'), or ${BEFOREHAND}`,
        },
      )
    : undefined

/** The same for a policy without `'unsafe-eval'`, which the js target needs. */
export const evalForbidden = (thrown: unknown): Fault | undefined =>
  WORDS.test(notesOf(thrown)[0] ?? '')
    ? limitation(
        'eval-forbidden',
        "The js target makes a function of text, which the policy of this page or worker forbids ('unsafe-eval').",
        {
          notes: notesOf(thrown),
          suggestion: `Use the wasm target, which needs 'wasm-unsafe-eval' only, or ${BEFOREHAND}`,
        },
      )
    : undefined
