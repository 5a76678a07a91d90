/**
 * The entry of a table under a name that a user or a file gave. Names such as `constructor` find nothing of
 * `Object.prototype`.
 */
export const ownOf = <T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
