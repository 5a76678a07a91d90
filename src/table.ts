/** Tables of text, drawn with lines. */
import { paint } from '#platform'

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const COLOURS = /\u001b\[[0-9;]*m/g

/** What takes two columns of a terminal: the scripts of East Asia, full-width forms, pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const NO_WIDTH = /\p{Mark}|\p{Cf}/u

/** Columns that a line takes on a terminal. */
const widthOf = (line: string): number => {
  let width = 0
  for (const char of line.replace(COLOURS, '')) width += NO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1
  return width
}

/** A column: its head, and the side that its cells keep to. */
export interface Column {
  readonly head: string
  readonly side: 'left' | 'right'
}

/** A table in a box: heads in bold, a rule, then the rows; a cell may have several lines. */
export const boxTable = (columns: readonly Column[], rows: readonly (readonly string[])[]): string => {
  const lines = [columns.map(({ head }) => paint.bold(head)), ...rows].map(row =>
    row.map(cell => cell.split('\n')),
  )
  const widths = columns.map((_, i) => Math.max(...lines.flatMap(row => (row[i] ?? []).map(widthOf))))
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map(width => '─'.repeat(width + 2)).join(middle) + right
  const cell = (text: string, i: number): string => {
    const space = ' '.repeat((widths[i] ?? 0) - widthOf(text))
    return columns[i]?.side === 'right' ? ` ${space}${text} ` : ` ${text}${space} `
  }
  const shown = lines.map(row =>
    Array.from({ length: Math.max(...row.map(({ length }) => length)) }, (_, line) => {
      const cells = columns.map((_, i) => cell(row[i]?.[line] ?? '', i))
      return `│${cells.join('│')}│`
    }).join('\n'),
  )
  const [head = '', ...body] = shown
  return [rule('┌', '┬', '┐'), head, rule('├', '┼', '┤'), ...body, rule('└', '┴', '┘')].join('\n')
}
