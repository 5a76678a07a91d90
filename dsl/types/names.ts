/**
 * The other names of losses, metrics and optimizers: Keras's short ones, and its functions' and classes' names. Types
 * and run time read the same tables.
 */
const ERRORS = {
  meanSquaredError: ['mse', 'MSE', 'mean_squared_error', 'MeanSquaredError'],
  meanAbsoluteError: ['mae', 'MAE', 'mean_absolute_error', 'MeanAbsoluteError'],
} as const

const CROSSENTROPIES = {
  binaryCrossentropy: ['bce', 'BCE', 'binary_crossentropy', 'BinaryCrossentropy'],
  categoricalCrossentropy: ['cce', 'categorical_crossentropy', 'CategoricalCrossentropy'],
  sparseCategoricalCrossentropy: ['scce', 'sparse_categorical_crossentropy', 'SparseCategoricalCrossentropy'],
} as const

/** The names of losses. */
export const lossNames = { ...CROSSENTROPIES, ...ERRORS } as const satisfies Names<string>

/** The names of metrics. */
export const metricNames = {
  accuracy: ['acc', 'Accuracy'],
  binaryAccuracy: ['binary_accuracy', 'BinaryAccuracy'],
  categoricalAccuracy: ['categorical_accuracy', 'CategoricalAccuracy'],
  sparseCategoricalAccuracy: ['sparse_categorical_accuracy', 'SparseCategoricalAccuracy'],
  ...lossNames,
} as const satisfies Names<string>

/** The names of optimizers. */
export const optimizerNames = {
  sgd: ['SGD'],
  rmsprop: ['RMSprop', 'rmsProp'],
  adam: ['Adam'],
  adamW: ['AdamW', 'adamw'],
} as const satisfies Names<string>

/** For each name the others that mean the same. */
type Names<Name extends string> = Readonly<Record<Name, readonly string[]>>

/** A name of a table, or one of its other names. */
export type NameIn<Table extends Names<string>> = (keyof Table & string) | Table[keyof Table][number]

/** The name that Name means. */
export type NameMeant<Table extends Names<string>, Name> = {
  [K in keyof Table]: Name extends K | Table[K][number] ? K : never
}[keyof Table]

/** The name that `name` means in a table; undefined where it is in none. */
export const nameMeant = <Table extends Names<string>>(
  table: Table,
  name: string,
): (keyof Table & string) | undefined => {
  if (Object.hasOwn(table, name)) return name
  return Object.entries(table).find(([, others]) => others.includes(name))?.[0]
}
