import { bug } from '../../runtime/fault.js'

/** What text is made of: remarks, strings, parentheses, words. */
const tokens = /;;[^\n]*|"[^"]*"|[()";]|[^\s()";]+/g

/** WebAssembly text, token by token; faults (a bug) where another one is wanted. */
export class WatReader {
  readonly #tokens: readonly string[]
  #next = 0

  constructor(text: string) {
    const found: readonly string[] = text.match(tokens) ?? []
    this.#tokens = text.includes(';;') ? found.filter(token => !token.startsWith(';;')) : found
  }

  /** The next token without taking it; `''` at the end. */
  peek(): string {
    return this.#tokens[this.#next] ?? ''
  }

  take(): string {
    return this.#tokens[this.#next++] ?? ''
  }

  expect(token: string): void {
    const found = this.take()
    if (found !== token) throw this.wrong(`'${found}' stands where '${token}' should`)
  }

  /** Takes the next token if it is this one. */
  takes(token: string): boolean {
    if (this.peek() !== token) return false
    this.#next++
    return true
  }

  /** Takes `(word` if it comes next. */
  opens(word: string): boolean {
    if (this.peek() !== '(' || this.#tokens[this.#next + 1] !== word) return false
    this.#next += 2
    return true
  }

  /** Takes a name, `$…`, if one comes next. */
  name(): string | undefined {
    return this.peek().startsWith('$') ? this.take() : undefined
  }

  number(): number {
    const token = this.take()
    const value = Number(token)
    if (token === '' || !Number.isInteger(value)) throw this.wrong(`'${token}' is no whole number`)
    return value
  }

  /** The bytes of a string, its escapes read. */
  string(): readonly number[] {
    const token = this.take()
    if (!token.startsWith('"')) throw this.wrong(`'${token}' is no string`)
    return Array.from(token.slice(1, -1).matchAll(/\\([0-9a-f]{2})|[^\\]/g), ([char, code]) =>
      code === undefined ? char.charCodeAt(0) : Number.parseInt(code, 16),
    )
  }

  /** Where the next token is, to go back to. */
  get place(): number {
    return this.#next
  }

  goTo(place: number): void {
    this.#next = place
  }

  /** Skips to the parenthesis that ends what has been opened, and takes it. */
  skip(): void {
    for (let depth = 1; depth > 0; ) {
      const token = this.take()
      if (token === '') throw this.wrong('a parenthesis is open')
      if (token === '(') depth++
      if (token === ')') depth--
    }
  }

  /** A fault that quotes what was read last. */
  wrong(what: string): Error {
    const before = this.#tokens.slice(Math.max(0, this.#next - 24), this.#next).join(' ')
    return bug('the assembler rejects the generated WebAssembly', { notes: [what, `after: ${before}`] })
  }
}
