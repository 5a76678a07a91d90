/** Names that people write, and those that they meant. */

/** Letters and digits only, small: `learning_rate` and `learningRate` are alike. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** `lr` of `learningRate`. */
const initials = (name: string): string => plain(name.slice(0, 1) + name.slice(1).replace(/[^A-Z]/g, ''))

/** Letters to change, add, leave out or exchange with their neighbour to make b of a (optimal string alignment). */
const distance = (a: string, b: string): number => {
  let before: readonly number[] = []
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = Number(a[i - 1] !== b[j - 1])
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const exchanged = swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost, exchanged))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

/** The shortest part of a name that stands for all of it. */
const PART = 4

/** How far apart two names are; infinite where nobody would take one for the other. */
const gap = (given: string, name: string): number => {
  const [g, n] = [plain(given), plain(name)]
  if (g === n) return 0
  const letters = distance(g, n)
  if (letters <= Math.max(1, Math.floor(n.length / 4))) return letters
  if (g.length > 1 && g === initials(name)) return PART
  return g.length >= PART && n.includes(g) ? PART + 1 : Number.POSITIVE_INFINITY
}

/** The name that somebody meant who wrote `given`; undefined where none is near. */
export const nearest = (given: string, names: readonly string[]): string | undefined => {
  const gaps = names.map(name => gap(given, name))
  const least = Math.min(...gaps)
  return Number.isFinite(least) ? names[gaps.indexOf(least)] : undefined
}

/** What to write in place of a name that is not known: the nearest one, or one of all. */
export const meant = (given: string, names: readonly string[], more = ''): string => {
  const near = nearest(given, names)
  return near === undefined ? `use one of ${names.join(', ')}${more}` : `did you mean '${near}'?`
}
