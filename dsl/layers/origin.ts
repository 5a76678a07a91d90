/** Where in the user's code each layer was made, for profiles. */

let recording = false
/** The folders of densor's own files, as this engine's stacks name them; known once origins are recorded. */
let own: readonly string[] = []
const origins = new WeakMap<object, string>()

/**
 * From now on, or no longer, each layer remembers where it was made. Off unless asked for: a stack takes microseconds.
 */
export const recordOrigins = (on: boolean): void => {
  recording = on
  if (on) own = ownFolders(new Error().stack ?? '')
}

/** Remembers the caller outside of densor as the maker of a layer, while origins are recorded. */
export const noteOrigin = (identity: object): void => {
  if (!recording) return
  const place = outsideCaller(new Error().stack ?? '')
  if (place !== undefined) origins.set(identity, place)
}

/** `file:line` where a layer was made; undefined where that was not recorded. */
export const originOf = (identity: object): string | undefined => origins.get(identity)

/** The place that a line of a stack names, `    at name (file:///a/b.ts:3:7)` or a path: where, line, column. */
const frame = /\(?((?:file:\/\/)?\/.+?):(\d+):(\d+)\)?$/

/** The path of a file's URL; a path as it is. */
const pathOf = (url: string): string => (url.startsWith('file://') ? decodeURI(url.slice(7)) : url)

/**
 * The folders that densor's files lie in, by a stack that begins in this one: of the compiled files, and of the sources
 * that a map leads to; where it lies elsewhere, in a bundle, the folder of that.
 */
const ownFolders = (stack: string): readonly string[] => {
  const [, url = ''] = stack.split('\n').flatMap(line => frame.exec(line) ?? [])
  const here = pathOf(url)
  const [, home] = /^(.*?)(?:dist\/)?dsl\/layers\/origin\.[jt]s/.exec(here) ?? []
  if (home === undefined) return [here.replace(/[^/]*$/, '')]
  return ['dsl', 'src', 'compiler', 'runtime'].flatMap(folder => [
    `${home}dist/${folder}/`,
    `${home}${folder}/`,
  ])
}

/** The first place of a stack that is not densor's own. */
const outsideCaller = (stack: string): string | undefined => {
  for (const line of stack.split('\n')) {
    const [, url, row] = frame.exec(line) ?? []
    if (url === undefined) continue
    const file = pathOf(url)
    if (!own.some(folder => file.startsWith(folder))) return `${file}:${row}`
  }
  return undefined
}
