import { userFault } from '../../runtime/fault.js'
import type { Program } from './program.js'

/*
 * Reading one line of a program's text. Tokens are punctuation, words (names, numbers, %3, @1) and quoted strings.
 */

const TOKEN = /\s*(?:([{}[\]:,=;])|("(?:[^"\\]|\\.)*")|([^\s{}[\]:,=;"]+))/y

/** A cursor over the tokens of one line; every mistake is a `user` fault with the line and its number. */
export class Reader {
  readonly #tokens: readonly string[]
  readonly #line: string
  readonly #number: number
  readonly #programs: (name: string) => Program | undefined
  #next = 0

  constructor(
    line: string,
    number: number,
    programs: (name: string) => Program | undefined = () => undefined,
  ) {
    this.#line = line
    this.#number = number
    this.#programs = programs
    this.#tokens = this.#tokenize(line)
  }

  /** The next token, without taking it; the empty string at the end. */
  peek(): string {
    return this.#tokens[this.#next] ?? ''
  }

  /** Takes the next token. */
  take(): string {
    const token = this.peek()
    if (token === '') this.fail('the line ends too early')
    this.#next++
    return token
  }

  /** Takes the next token, which is `wanted`. */
  expect(wanted: string): void {
    const token = this.peek()
    if (token !== wanted) this.fail(`expected ${wanted}, got ${token === '' ? 'the end of the line' : token}`)
    this.#next++
  }

  /** A name: a bare word or a quoted string. */
  name(): string {
    const token = this.take()
    if (!token.startsWith('"')) return token
    const text: unknown = JSON.parse(token)
    return typeof text === 'string' ? text : this.fail(`expected a name, got ${token}`)
  }

  word(): string {
    return this.take()
  }

  number(): number {
    const token = this.take()
    const value = Number(token)
    if (Number.isNaN(value) && token !== 'NaN') this.fail(`expected a number, got ${token}`)
    return value
  }

  /** `%3` as 3. */
  value(): number {
    const token = this.take()
    if (!/^%\d+$/.test(token)) this.fail(`expected a value like %3, got ${token}`)
    return Number(token.slice(1))
  }

  /** `@1` as the program of that name, which stands elsewhere in the text and does not contain itself. */
  program(): Program {
    const token = this.take()
    return this.#programs(token) ?? this.fail(`there is no program ${token}, or it contains itself`)
  }

  list<T>(open: string, close: string, item: () => T): T[] {
    const items: T[] = []
    this.expect(open)
    while (this.peek() !== close) {
      if (items.length > 0) this.expect(',')
      items.push(item())
    }
    this.expect(close)
    return items
  }

  end(): void {
    if (this.peek() !== '') this.fail(`expected the end of the line, got ${this.peek()}`)
  }

  fail(problem: string): never {
    throw userFault('ir-syntax', `Line ${this.#number} of the program is not understood: ${problem}.`, {
      notes: [this.#line.trim()],
    })
  }

  #tokenize(line: string): string[] {
    const tokens: string[] = []
    TOKEN.lastIndex = 0
    while (line.slice(TOKEN.lastIndex).trim() !== '') {
      const from = TOKEN.lastIndex
      const match = TOKEN.exec(line)
      if (match === null) return this.fail(`nothing starts with ${line.slice(from).trim().slice(0, 10)}`)
      tokens.push(match[1] ?? match[2] ?? match[3] ?? '')
    }
    return tokens
  }
}
