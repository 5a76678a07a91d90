/** The source of a module before its glue is bundled in: one model's constants, and the calls that make its functions. */
import { createHash } from 'node:crypto'
import type { WeightVectors } from '../../dsl/trace/initial.js'
import { packF16, packF32, packInt8 } from './pack-weights.js'
import type { EmbedPlan, EmbedPort } from './plan.js'
import type { StorageOptions } from './storage.js'
import { piecesOf, toText } from './text.js'

/** One model's part of a module. */
export interface ModelSource {
  /** Glue that it uses: names by file. */
  readonly imports: readonly (readonly [name: string, file: string])[]
  /** Imports of files beside the module. */
  readonly assetImports: readonly string[]
  readonly lines: readonly string[]
  /** The functions that it has: name, and the expression that gives it. */
  readonly api: readonly (readonly [name: string, expression: string])[]
  /** Files beside the module. */
  readonly assets: readonly (readonly [file: string, content: Uint8Array])[]
  /** Long texts, and the short ones that stand in the lines instead while they are bundled. */
  readonly literals: ReadonlyMap<string, string>
}

const PAGE = 65536

const portText = ({ name, shape, address }: EmbedPort): string => JSON.stringify([name, shape, address])

/** Writes one model's part; its variables begin with `prefix`, which is an identifier. */
class Writer {
  readonly imports = new Map<string, string>()
  readonly assetImports: string[] = []
  readonly lines: string[] = []
  readonly api: (readonly [string, string])[] = []
  readonly assets: (readonly [string, Uint8Array])[] = []
  readonly literals = new Map<string, string>()
  /** Follows from all names of the model, so that none of them can be taken for what stands for a literal. */
  readonly #salt: string

  constructor(
    readonly plan: EmbedPlan,
    readonly storage: StorageOptions,
    readonly vectors: WeightVectors | undefined,
    readonly prefix: string,
  ) {
    const names = [plan.name, ...[...plan.inputs, ...plan.outputs].map(port => port.name)]
    const paths = plan.layout.weights.map(w => w.path)
    this.#salt = createHash('sha256')
      .update(JSON.stringify([names, paths]))
      .digest('hex')
      .slice(0, 16)
  }

  /** The name of a function of the glue, imported. */
  use(name: string, file: string): string {
    this.imports.set(name, file)
    return name
  }

  /** A string literal that the bundler does not have to read. */
  literal(text: string): string {
    const stand = `@${this.#salt}${this.prefix}${this.literals.size}@`
    this.literals.set(stand, JSON.stringify(text).slice(1, -1))
    return `"${stand}"`
  }

  /** Bytes as `putBase64` takes them. */
  pieces(bytes: Uint8Array): string {
    return `[${piecesOf(bytes)
      .map(text => this.literal(text))
      .join(', ')}]`
  }

  own(name: string): string {
    return `${this.prefix}${name}`
  }

  define(name: string, expression: string): string {
    const own = this.own(name)
    this.lines.push(`const ${own} = ${expression};`)
    return own
  }

  /** The bytes of a file beside the module, as an expression. */
  beside(file: string, content: Uint8Array): string {
    this.assets.push([file, content])
    return `await ${this.use('fileBeside', 'file')}(new URL(${JSON.stringify(`./${file}`)}, import.meta.url))`
  }

  code(): string {
    const { code, memoryBytes } = this.plan
    if (typeof code === 'string') {
      const make = this.define('make', `memory => {\n${code}\n}`)
      return `${this.use('bindJs', 'js')}(${make}, ${memoryBytes})`
    }
    const bind = this.use('bindWasm', 'wasm')
    return `${bind}(${this.wasm(code)}, ${memoryBytes / PAGE})`
  }

  wasm(code: Uint8Array): string {
    const { wasm = 'inline' } = this.storage
    const file = `${this.plan.name}.wasm`
    if (wasm === 'inline') return `${this.use('fromText', 'bytes')}(${this.literal(toText(code))})`
    if (wasm === 'file') return this.beside(file, code)
    this.assets.push([file, code])
    const own = this.own('module')
    this.assetImports.push(`import ${own} from ${JSON.stringify(`./${file}`)};`)
    return own
  }

  /** Puts the weights into the memory, as they are stored. */
  putWeights(memory: string, vectors: WeightVectors): void {
    const { layout, params, state } = this.plan
    const { format = 'f32', weights = 'inline' } = this.storage
    const counts = [
      [params, layout.params],
      [state, layout.state],
    ].filter(([, count]) => count !== 0)
    if (counts.length === 0) return
    const stored = (bytes: Uint8Array): string =>
      this.define(
        'stored',
        weights === 'file'
          ? this.beside(`${this.plan.name}.weights`, bytes)
          : `${this.use('fromBase64', 'bytes')}(${bytes.length}, ${this.pieces(bytes)})`,
      )
    if (format === 'f32' && weights === 'inline') {
      const put = this.use('putBase64', 'bytes')
      const none = new Float32Array()
      const places = [
        [params, packF32({ ...vectors, state: none })],
        [state, packF32({ ...vectors, params: none })],
      ] as const
      for (const [at, bytes] of places)
        if (bytes.length > 0) this.lines.push(`${put}(${memory}, ${at}, ${this.pieces(bytes)});`)
    } else if (format === 'f32') {
      const name = stored(packF32(vectors))
      const put = this.use('put', 'memory')
      const parts = [
        [params, 0, layout.params],
        [state, layout.params, layout.params + layout.state],
      ].filter(([, from, to]) => from !== to)
      const pieces = parts.map(
        ([at, from = 0, to = 0]) => `[${at}, ${name}.subarray(${4 * from}, ${4 * to})]`,
      )
      this.lines.push(
        `${put}(${memory}, ${parts.length === 1 ? `[${parts[0]?.[0]}, ${name}]` : pieces.join(', ')});`,
      )
    } else if (format === 'f16') {
      const name = stored(packF16(vectors))
      this.lines.push(
        `${this.use('putF16', 'unpack')}(${memory}, ${name}, ${counts.map(c => JSON.stringify(c)).join(', ')});`,
      )
    } else {
      const { bytes, pieces } = packInt8(layout, vectors)
      const name = stored(bytes)
      const specs = [...layout.weights.filter(w => w.trainable), ...layout.weights.filter(w => !w.trainable)]
      const placed = specs.map((w, i) => [
        (w.trainable ? params : state) + 4 * w.offset,
        ...(pieces[i] ?? []),
      ])
      this.lines.push(`${this.use('putInt8', 'unpack')}(${memory}, ${name}, ${JSON.stringify(placed)});`)
    }
  }

  predict(memory: string, steps: string): string {
    const { plan } = this
    const list = plan.steps.map(({ rows, name }) => `[${rows}, ${steps}.${name}]`).join(', ')
    const fixed = plan.fixed === 0 ? '' : `, ${plan.fixed}`
    const ports = (all: readonly EmbedPort[]) => all.map(portText).join(', ')
    return plan.single
      ? `${this.use('predictorOfOne', 'predict')}(${memory}, ${ports(plan.inputs)}, ${ports(plan.outputs)}, [${list}]${fixed})`
      : `${this.use('predictor', 'predict')}(${memory}, [${ports(plan.inputs)}], [${ports(plan.outputs)}], [${list}]${fixed})`
  }

  training(memory: string, steps: string): void {
    const { train } = this.plan
    if (train === undefined) return
    if (train.key !== undefined) {
      const { address, words } = train.key
      this.lines.push(`new Uint32Array(${memory}.buffer, ${address}).set([${words}]);`)
    }
    const scalars = JSON.stringify([train.rate, train.loss, train.learningRate, train.seed])
    const [x] = train.inputs
    const args = [memory, `${steps}.train`, train.rows, x && portText(x), portText(train.target)]
    const made = this.define(
      'training',
      `${this.use('trainer', 'train')}(${[...args, train.target.dtype === 'i32', scalars].join(', ')})`,
    )
    for (const name of ['trainStep', 'fit', 'setLearningRate'])
      this.api.push([name, this.ifReady(`${made}.${name}`)])
  }

  /** The vectors of weights: addresses and lengths. */
  addresses(): string {
    const { layout, params, state } = this.plan
    return `[${params}, ${layout.params}]${layout.state === 0 ? '' : `, [${state}, ${layout.state}]`}`
  }

  places(): string {
    const { layout, params, state } = this.plan
    return JSON.stringify(
      layout.weights.map(w => [w.path.join('/'), w.shape, (w.trainable ? params : state) + 4 * w.offset]),
    )
  }

  /** Whether the module takes its weights when it runs. */
  private get isEmpty(): boolean {
    return this.vectors === undefined && this.plan.layout.weights.length > 0
  }

  /** The function, which may be called only once weights are there. */
  ifReady(f: string): string {
    return this.isEmpty ? `${this.use('guarded', 'weights')}(() => ${this.own('ready')}, ${f})` : f
  }

  /** What is to be done when weights were put there. */
  prepares(): readonly string[] {
    return this.plan.prepares.map(name => `${this.own('bound')}.steps.${name}();`)
  }

  /** A function that puts weights there. */
  setter(name: string, put: string): void {
    const own = this.isEmpty ? this.define(`${name}Into`, put) : put
    const then = [`${own}(x);`, ...this.prepares(), `${this.own('ready')} = true;`]
    const ready = `x => {\n  ${then.join('\n  ')}\n}`
    this.api.push([name, this.define(name, this.isEmpty ? ready : own)])
  }

  write(): ModelSource {
    const { plan, vectors } = this
    const bound = this.define('bound', this.code())
    const [memory, steps] = [`${bound}.memory`, `${bound}.steps`]
    // a fresh memory is zero
    for (const { offset, data } of plan.constants.filter(c => c.data.some(byte => byte !== 0)))
      this.lines.push(
        `${this.use('put', 'memory')}(${memory}, [${offset}, ${this.use('fromText', 'bytes')}(${this.literal(toText(data))})]);`,
      )
    if (vectors !== undefined) {
      this.putWeights(memory, vectors)
      this.lines.push(...this.prepares())
    }
    if (this.isEmpty) this.lines.push(`let ${this.own('ready')} = false;`)
    this.api.push(['predict', this.define('predict', this.ifReady(this.predict(memory, steps)))])
    if (this.isEmpty)
      this.setter('load', `${this.use('weightsLoader', 'weights')}(${memory}, ${this.places()})`)
    this.training(memory, steps)
    if (plan.train !== undefined) {
      const list = `(${memory}, ${this.addresses()})`
      this.api.push(['weights', this.define('weights', `${this.use('weightsOf', 'weights')}${list}`)])
      this.setter('setWeights', `${this.use('weightsSetter', 'weights')}${list}`)
    }
    const { imports, assetImports, lines, api, assets, literals } = this
    return { imports: [...imports], assetImports, lines, api, assets, literals }
  }
}

/** Writes one model's part of a module; without weights the module takes them. */
export const sourceOf = (
  plan: EmbedPlan,
  storage: StorageOptions,
  weights: WeightVectors | undefined,
  prefix = '',
): ModelSource => new Writer(plan, storage, weights, prefix).write()
