/**
 * A runtime like those at the edge of a network, in Node: a `.wasm` file is imported as a compiled module; bytes
 * cannot be compiled, nor text evaluated. `node --import ./runtime.js program.js`
 */
import { register } from 'node:module'

const hooks = `
export const load = async (url, context, next) => {
  if (!url.endsWith('.wasm')) return next(url, context)
  const source = "import { readFileSync } from 'node:fs'; import { compile } from 'densor-example:compile';" +
    'export default compile(readFileSync(new URL(import.meta.url)))'
  return { format: 'module', shortCircuit: true, source }
}
export const resolve = async (name, context, next) => name === 'densor-example:compile'
  ? { url: 'data:text/javascript,export const compile = globalThis.compileForImport', shortCircuit: true }
  : next(name, context)`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)

const { Module } = WebAssembly
globalThis.compileForImport = bytes => new Module(bytes)
// the asynchronous functions stay: Node's own fetch needs them
WebAssembly.Module = new Proxy(Module, {
  construct() {
    throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder')
  },
})
