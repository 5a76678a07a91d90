/** Programs with one mistake each, and the same without it. */
export interface Rejected {
  readonly wrong: string
  readonly right: string
}

const row = (wrong: string, right: string): Rejected => ({ wrong, right })

const mlp = 'sequential(input(32), dense(10))'
const weights = `any<WeightsOf<d.Model<['N', 32], ['N', 10], d.Seq<[d.Dense<10>]>>>>()`
const loss = `{ loss: 'categoricalCrossentropy' }`
const pair = `graphs({ img: input(4), meta: input(2) }, ({ img, meta }) => {
  const h = concat(-1, img, meta)
  return { cls: dense(3).as('c')(h), box: dense(2).as('b')(h) }
})`
const pairWeights = `any<{ c: d.DenseParams<6, 3>; b: d.DenseParams<6, 2> }>()`
const series = `graphs({ a: input(['T', 4]), b: input(['T', 2]) }, ({ a, b }) => ({ c: dense(3).as('c')(concat(-1, a, b)) }))`
const seriesWeights = `any<{ c: d.DenseParams<6, 3> }>()`
const losses = `{ loss: { cls: 'categoricalCrossentropy', box: 'meanSquaredError' } }`
const graphOf = (body: string) => `graph(input(32), x => { ${body} })`

export const rejected = {
  // the seed cases
  denseIn: row(
    `sequential(input(31), dense(64, { in: 32 }))`,
    `sequential(input(32), dense(64, { in: 32 }))`,
  ),
  features31: row(`predict(${mlp}, ${weights}, T(['N', 31]))`, `predict(${mlp}, ${weights}, T(['N', 32]))`),

  // a size that is refused fits everywhere afterwards
  refusedUnits: row(
    `sequential(input(4), dense(0), dense(3, { in: 4 }))`,
    `sequential(input(4), dense(4), dense(3, { in: 4 }))`,
  ),
  refusedBeforeReshape: row(
    `sequential(input(4), dense(1.5), reshape([2, 2]), flatten())`,
    `sequential(input(4), dense(4), reshape([2, 2]), flatten())`,
  ),
  refusedInBlock: row(
    `sequential(input(4), residual(seq(dense(-1).as('a'), dense(4, { in: 3 }))))`,
    `sequential(input(4), residual(seq(dense(3).as('a'), dense(4, { in: 3 }))))`,
  ),
  refusedInGraph: row(
    `graph(input(4), x => add(x, dense(0).as('a')(x)))`,
    `graph(input(4), x => add(x, dense(4).as('a')(x)))`,
  ),
  refusedFilters: row(
    `sequential(input([8, 8, 1]), conv2d(0, 3), residual(conv2d(4, 1)), flatten(), dense(3))`,
    `sequential(input([8, 8, 1]), conv2d(4, 3), residual(conv2d(4, 1)), flatten(), dense(3))`,
  ),
  refusedBeforeFit: row(
    `fit(sequential(input(4), dense(-3)), { x: T([9, 4]), y: T([9, 3]) }, { loss: 'meanSquaredError' })`,
    `fit(sequential(input(4), dense(3)), { x: T([9, 4]), y: T([9, 3]) }, { loss: 'meanSquaredError' })`,
  ),

  // elements that are not numbers
  tensorNested: row(`tensor([2, 2], [[1, 2], [3, 4]])`, `tensor([2, 2], [1, 2, 3, 4])`),
  tensorStrings: row(`tensor([2], ['1', '2'])`, `tensor([2], ['1', '2'].map(Number))`),
  tensorBigints: row(`tensor([2], [1n, 2n])`, `tensor([2], [1n, 2n].map(Number))`),
  tensorBooleans: row(`tensor([2], [true, false])`, `tensor([2], [true, false].map(Number))`),
  tensorMixed: row(`tensor([2], [1, '2'])`, `tensor([2], [1, 2])`),
  tensorOfTensor: row(
    `tensor([2], any<Tensor<[2]>>())`,
    `(<X extends ArrayLike<number>>(x: X) => tensor([2], x))(any<Tensor<[2]>>().data)`,
  ),

  // targets of another loss
  oneHotWithSparse: row(
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]) }, { loss: 'sparseCategoricalCrossentropy' })`,
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]) }, { loss: 'categoricalCrossentropy' })`,
  ),
  classesWithCategorical: row(
    `fit(${mlp}, { x: T(['N', 32]), y: [1, 2] }, { loss: 'categoricalCrossentropy' })`,
    `fit(${mlp}, { x: T(['N', 32]), y: [1, 2] }, { loss: 'sparseCategoricalCrossentropy' })`,
  ),

  // a model as a function of its weights, and as a layer
  applyWeightShape: row(
    `${mlp}.apply(nodes({ layer0: { kernel: [32, 9], bias: [10] } }), sym('N', 32))`,
    `${mlp}.apply(nodes({ layer0: { kernel: [32, 10], bias: [10] } }), sym('N', 32))`,
  ),
  applyWeightMissing: row(
    `${mlp}.apply(nodes({ layer0: { kernel: [32, 10] } }), sym('N', 32))`,
    `${mlp}.apply(nodes({ layer0: { kernel: [32, 10], bias: [10] } }), sym(5, 32))`,
  ),
  applyWeightOfAnother: row(
    `${mlp}.apply(nodes({ layer0: { kernel: [32, 10], bias: [10] }, head: { bias: [3] } }), sym('N', 32))`,
    `${mlp}.apply(any<d.NodesOf<WeightsOf<d.Model<['N', 32], ['N', 10], d.Seq<[d.Dense<10>]>>>>>(), sym('N', 32))`,
  ),
  applyTensors: row(
    `${mlp}.apply(${weights}, sym('N', 32))`,
    `${mlp}.apply(any<d.NodesOf<WeightsOf<d.Model<['N', 32], ['N', 10], d.Seq<[d.Dense<10>]>>>>>(), sym('N', 32))`,
  ),
  applyInput: row(
    `${mlp}.apply(nodes({ layer0: { kernel: [32, 10], bias: [10] } }), sym('N', 31))`,
    `${mlp}.apply(nodes({ layer0: { kernel: [32, 10], bias: [10] } }), sym('N', 32), { training: true }).output`,
  ),
  modelAfterLayer: row(
    `sequential(input(4), dense(31), ${mlp}, dense(2))`,
    `sequential(input(4), dense(32), ${mlp}, dense(2))`,
  ),
  modelWithoutName: row(`graph(input(32), x => ${mlp}(x))`, `graph(input(32), x => ${mlp}.as('head')(x))`),
  modelInGraph: row(
    `graph(input(31), x => ${mlp}.as('head')(x))`,
    `graph(input(32), x => dense(3).as('out')(${mlp}.as('head')(x)))`,
  ),

  // sizes
  negativeUnits: row(`dense(-3)`, `dense(3)`),
  fractionUnits: row(`dense(2.5)`, `dense(2)`),
  zeroUnits: row(`dense(0, 'relu')`, `dense(1, 'relu')`),
  symbolUnits: row(`dense('H')`, `dense(8)`),
  symbolFilters: row(`conv2d('F', 3)`, `conv2d(4, 3)`),
  negativeIn: row(`dense(8, { in: -3 })`, `dense(8, { in: 3 })`),
  negativeInput: row(`input(-3)`, `input(3)`),
  zeroInImage: row(`input([28, 0])`, `input([28, 28])`),
  unknownActivation: row(`dense(8, 'reluu')`, `dense(8, 'relu')`),
  activationNeedsNumbers: row(`dense(8, 'threshold')`, `dense(8, { activation: { kind: 'threshold' } })`),
  unknownOption: row(`dense(8, { activaton: 'relu' })`, `dense(8, { activation: 'relu' })`),

  // sequential and seq
  denseAfterLonger: row(
    `sequential(input(4), dense(64), batchNorm(), dense(10, { in: 32 }), dense(3))`,
    `sequential(input(4), dense(64), batchNorm(), dense(10, { in: 64 }), dense(3))`,
  ),
  denseInWithoutBias: row(
    `sequential(input(31), dense(64, { in: 32, useBias: false, batchNormalization: true }))`,
    `sequential(input(32), dense(64, { in: 32, useBias: false, batchNormalization: true }))`,
  ),
  inNested: row(
    `sequential(input(4), seq(dense(64), seq(dense(3, { in: 9 }))))`,
    `sequential(input(4), seq(dense(64), seq(dense(3, { in: 64 }))))`,
  ),
  notALayer: row(
    `sequential(input(32), dense(10), 'relu')`,
    `sequential(input(32), dense(10), activation('relu'))`,
  ),
  notALayerInSeq: row(`seq(dense(10), 'relu')`, `seq(dense(10), activation('relu'))`),
  nameTwice: row(
    `sequential(input(32), dense(10).as('x'), dense(10).as('x'))`,
    `sequential(input(32), dense(10).as('x'), dense(10).as('y'))`,
  ),
  nameTwiceInSeq: row(
    `seq(dense(10).as('x'), dense(10).as('x'))`,
    `seq(dense(10).as('x'), dense(10).as('y'))`,
  ),
  residualShape: row(
    `sequential(input(32), residual(seq(dense(64))), dense(10))`,
    `sequential(input(32), residual(seq(dense(64), dense(32))), dense(10))`,
  ),
  residualRunTime: row(
    `sequential(input(32), residual(dense(any<number>())))`,
    `sequential(input(32), residual(dense(32)))`,
  ),
  reshapeLayer: row(
    `sequential(input([28, 28]), reshape([7, 100]))`,
    `sequential(input([28, 28]), reshape([7, 112]))`,
  ),
  lastDimRunTime: row(
    `sequential(input(any<number>()), dense(4, { in: 32 }))`,
    `sequential(input(any<number>()), dense(4))`,
  ),

  saidOnce: row(
    `const m = sequential(input(31), dense(64, { in: 32 }), dense(10)); fit(m, { x: T([9, 31]), y: T([9, 3]) }, ${loss})`,
    `const m = sequential(input(31), dense(64, { in: 31 }), dense(3)); fit(m, { x: T([9, 31]), y: T([9, 3]) }, ${loss})`,
  ),
  layersInArray: row(`sequential([input(2), dense(3)])`, `sequential(input(2), dense(3))`),
  unnamedTwice: row(
    `const m = graph(input(4), x => dense(3)(dense(8)(x))); fit(m, { x: T([9, 4]), y: T([9, 3]) }, ${loss})`,
    `const m = graph(input(4), x => dense(3).as('b')(dense(8).as('a')(x))); fit(m, { x: T([9, 4]), y: T([9, 3]) }, ${loss})`,
  ),
  noInput: row(`sequential(dense(3))`, `sequential(input(2), dense(3))`),
  noLayerInResidual: row(`residual('relu')`, `residual(activation('relu'))`),

  // windows
  convKernel: row(
    `sequential(input([3, 3, 1]), conv2d(8, 5), flatten(), dense(10))`,
    `sequential(input([3, 3, 1]), conv2d(8, 3), flatten(), dense(10))`,
  ),
  convOnVector: row(
    `sequential(input(32), conv2d(8, 5), flatten(), dense(10))`,
    `sequential(input([32, 32, 1]), conv2d(8, 5), flatten(), dense(10))`,
  ),
  convNoChannels: row(
    `sequential(input([28, 28]), conv2d(8, 3), flatten(), dense(10))`,
    `sequential(input([28, 28, 1]), conv2d(8, 3, 'relu'), flatten(), dense(10))`,
  ),
  depthwiseNoChannels: row(
    `sequential(input([28, 28]), depthwiseConv2d(3))`,
    `sequential(input([28, 28, 1]), depthwiseConv2d(3, 'relu'))`,
  ),
  poolNoChannels: row(
    `sequential(input([28, 28]), maxPool2d())`,
    `sequential(input([28, 28, 1]), maxPool2d())`,
  ),
  globalNoChannels: row(
    `sequential(input([28, 28]), globalAveragePool2d())`,
    `sequential(input([28, 28, 1]), globalAveragePool2d())`,
  ),
  convWidth: row(
    `sequential(input([9, 4, 1]), conv2d(8, [3, 5], { strides: 2 }))`,
    `sequential(input([9, 4, 1]), conv2d(8, [3, 5], { padding: 'same' }))`,
  ),
  convDilated: row(
    `sequential(input([6, 6, 1]), conv2d(8, 3, { dilationRate: 3 }))`,
    `sequential(input([7, 7, 1]), conv2d(8, 3, { dilationRate: 3 }))`,
  ),
  convChannels: row(
    `sequential(input([8, 8, 3]), conv2d(8, 3, { groups: 2 }))`,
    `sequential(input([8, 8, 4]), conv2d(8, 3, { groups: 2 }))`,
  ),
  convFilters: row(
    `sequential(input([8, 8, 4]), conv2d(7, 3, { groups: 2 }))`,
    `sequential(input([8, 8, 4]), conv2d(6, 3, { groups: 2 }))`,
  ),
  convZeroKernel: row(`conv2d(8, 0)`, `conv2d(8, 1)`),
  convFraction: row(`conv2d(8, [3, 2.5])`, `conv2d(8, [3, 2])`),
  convStrides: row(`conv2d(8, 3, { strides: -1 })`, `conv2d(8, 3, { strides: 1 })`),
  convPadding: row(`conv2d(8, 3, { padding: 'full' })`, `conv2d(8, 3, { padding: 'same' })`),
  convInGraph: row(
    `graph(input([4, 4, 2]), x => conv2d(8, 5).as('c')(x))`,
    `graph(input([4, 4, 2]), x => conv2d(8, 4).as('c')(x))`,
  ),
  depthwiseTooLarge: row(
    `sequential(input([3, 3, 2]), depthwiseConv2d(4))`,
    `sequential(input([3, 3, 2]), depthwiseConv2d(3))`,
  ),
  poolTooBig: row(
    `sequential(input([3, 3, 2]), maxPool2d(4), flatten())`,
    `sequential(input([3, 3, 2]), maxPool2d(4, { padding: 'same' }), flatten())`,
  ),
  poolOnVector: row(
    `sequential(input(32), averagePool2d())`,
    `sequential(input([2, 2, 32]), averagePool2d())`,
  ),
  globalOnVector: row(
    `sequential(input(32), globalAveragePool2d())`,
    `sequential(input([2, 2, 32]), globalAveragePool2d())`,
  ),
  afterPool: row(
    `sequential(input([8, 8, 2]), maxPool2d(), flatten(), dense(3, { in: 64 }))`,
    `sequential(input([8, 8, 2]), maxPool2d(), flatten(), dense(3, { in: 32 }))`,
  ),

  // graph
  unnamed: row(graphOf(`return dense(10)(x)`), graphOf(`return dense(10).as('fc1')(x)`)),
  nameClash: row(
    `graph(input(32), x => add(dense(8).as('f')(x), dense(8).as('f')(dense(16).as('h')(x))))`,
    `graph(input(32), x => add(dense(8).as('f')(x), dense(8).as('g')(dense(16).as('h')(x))))`,
  ),
  nameClashInBlock: row(
    graphOf(`return add(dense(8).as('f')(x), dense(8, { in: 32 }).as('f')(x))`),
    graphOf(`return add(dense(8).as('f')(x), dense(8, { in: 32 }).as('g')(x))`),
  ),
  layerInGraph: row(
    graphOf(`return dense(10, { in: 31 }).as('f')(x)`),
    graphOf(`return dense(10, { in: 32 }).as('f')(x)`),
  ),
  once: row(
    graphOf(`const s = add(dense(64).as('a')(x), x); return add(dense(3).as('b')(s), s)`),
    graphOf(`const s = add(dense(32).as('a')(x), x); return add(dense(32).as('b')(s), s)`),
  ),
  nameClashInGraphs: row(
    `graphs({ a: input(3), b: input(4) }, ({ a, b }) => ({ p: dense(2).as('f')(a), q: dense(2).as('f')(b) }))`,
    `graphs({ a: input(3), b: input(4) }, ({ a, b }) => ({ p: dense(2).as('f')(a), q: dense(2).as('g')(b) }))`,
  ),

  // graph operations
  addMismatch: row(`add(sym(32), sym(64))`, `add(sym(32), sym(1))`),
  subSymbols: row(`sub(sym('N', 4), sym('M', 4))`, `sub(sym('N', 4), sym('N', 4))`),
  symbols: row(`add(sym('N', 4), sym('M', 4))`, `add(sym('N', 4), sym('N', 4))`),
  runtimeDim: row(`add(sym('N', 4), any<Sym<['N', number]>>())`, `add(sym('N', 4), any<Sym<['N', 4]>>())`),
  matmulInner: row(`matmul(sym(2, 3), sym(4, 5))`, `matmul(sym(2, 3), sym(3, 5))`),
  matmulLeft: row(`matmul(sym(3), sym(3, 5))`, `matmul(sym(1, 3), sym(3, 5))`),
  matmulRight: row(`matmul(sym(2, 3), sym(3))`, `matmul(sym(2, 3), sym(3, 1))`),
  matmulBatch: row(`matmul(sym(7, 2, 3), sym(8, 3, 5))`, `matmul(sym(7, 2, 3), sym(7, 3, 5))`),
  matmulRunTime: row(`matmul(sym(2, 3), any<Sym<[number, 5]>>())`, `matmul(sym(2, 3), any<Sym<[3, 5]>>())`),
  concatAxis: row(
    `concat(-1, sym('N', 4, 10), sym('N', 5, 22))`,
    `concat(-1, sym('N', 4, 10), sym('N', 4, 22))`,
  ),
  concatThird: row(
    `concat(1, sym('N', 3), sym('N', 4), sym('M', 5))`,
    `concat(1, sym('N', 3), sym('N', 4), sym('N', 5))`,
  ),
  concatRanks: row(`concat(0, sym(2, 3), sym(2))`, `concat(0, sym(2, 3), sym(2, 3))`),
  concatRange: row(`concat(2, sym(2, 3), sym(2, 3))`, `concat(1, sym(2, 3), sym(2, 3))`),
  einsumIndex: row(
    `einsum('bij,bjk->bik', sym('N', 2, 3), sym('N', 2, 5))`,
    `einsum('bij,bjk->bik', sym('N', 2, 3), sym('N', 3, 5))`,
  ),
  einsumForm: row(`einsum('ij', sym(2, 3))`, `einsum('ij->ji', sym(2, 3))`),
  einsumOutput: row(`einsum('ij->ik', sym(2, 3))`, `einsum('ij->ij', sym(2, 3))`),
  einsumRepeat: row(`einsum('ij->ii', sym(2, 3))`, `einsum('ij->i', sym(2, 3))`),
  einsumFewer: row(`einsum('ijk->i', sym(2, 3))`, `einsum('ij->i', sym(2, 3))`),
  einsumMore: row(`einsum('i->i', sym(2, 3))`, `einsum('ij->i', sym(2, 3))`),
  einsumOperands: row(`einsum('ij,jk->ik', sym(2, 3))`, `einsum('ij,jk->ik', sym(2, 3), sym(3, 4))`),
  reshapeNode: row(`reshape(sym('N', 2, 3), ['N', 7])`, `reshape(sym('N', 2, 3), ['N', 6])`),
  reshapeFill: row(`reshape(sym(6, 4), [-1, 5])`, `reshape(sym(6, 4), [-1, 3])`),
  reshapeTwoFills: row(`reshape(sym(6, 4), [-1, -1])`, `reshape(sym(6, 4), [-1, 1])`),
  reshapeSize: row(`reshape(sym(6, 4), [-2, 12])`, `reshape(sym(6, 4), [2, 12])`),
  permuteRepeat: row(`permute(sym('N', 2, 3), [0, 1, 1])`, `permute(sym('N', 2, 3), [0, 2, 1])`),
  permuteShort: row(`permute(sym('N', 2, 3), [0, 1])`, `permute(sym('N', 2), [0, 1])`),
  meanAxis: row(`mean(sym('N', 2), 2)`, `mean(sym('N', 2), 1)`),
  sumRepeat: row(`sum(sym('N', 2), [1, -1])`, `sum(sym('N', 2), [0, -1])`),
  meanRunTime: row(`mean(sym('N', 2), any<number>())`, `mean(sym('N', 2))`),

  whereOther: row(`where(sym('N', 3), sym('N', 3), sym('N', 4))`, `where(sym('N', 3), sym('N', 1), sym(3))`),
  whereCondition: row(`where(sym('N', 3), 1, sym('N', 4))`, `where(sym('N', 3), 1, sym('N', 3))`),

  // tensors are no nodes
  tensorAdded: row(`add(sym(3), T([3]))`, `add(sym(3), asNode(T([3])))`),
  tensorFirst: row(`add(T([3]), 1)`, `add(asNode(T([3])), 1)`),
  tensorSummed: row(`sum(T([3]))`, `sum(asNode(T([3])))`),
  tensorMultiplied: row(`matmul(sym(2, 3), T([3, 5]))`, `matmul(sym(2, 3), asNode(T([3, 5])))`),
  tensorInLayer: row(`dense(3).as('d')(T([9, 2]))`, `dense(3).as('d')(asNode(T([9, 2])))`),
  tensorFromGraph: row(`graph(input(3), () => T([3]))`, `graph(input(3), () => asNode(T([3])))`),
  tensorInHelper: row(
    `const f = (x: Sym<[3]>) => add(x, x); f(T([3]))`,
    `const f = (x: Sym<[3]>) => add(x, x); f(asNode(T([3])))`,
  ),
  tensorInEinsum: row(`einsum('i->', T([3]))`, `einsum('i->', asNode(T([3])))`),

  // training
  fitInput: row(
    `fit(${mlp}, { x: T(['N', 31]), y: T(['N', 10]) }, ${loss})`,
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]) }, ${loss})`,
  ),
  fitInputRunTime: row(
    `fit(${mlp}, { x: any<Tensor<['N', number]>>(), y: T(['N', 10]) }, ${loss})`,
    `fit(${mlp}, { x: any<Tensor<['N', 32]>>(), y: T(['N', 10]) }, ${loss})`,
  ),
  fitTarget: row(
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 9]) }, ${loss})`,
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]) }, ${loss})`,
  ),
  fitBatch: row(
    `fit(${mlp}, { x: T([60000, 32]), y: T([10000, 10]) }, ${loss})`,
    `fit(${mlp}, { x: T([60000, 32]), y: T([60000, 10]) }, ${loss})`,
  ),
  fitSymbols: row(
    `fit(${mlp}, { x: T(['N', 32]), y: T(['M', 10]) }, ${loss})`,
    `fit(${mlp}, { x: T(['M', 32]), y: T(['M', 10]) }, ${loss})`,
  ),
  fitRank: row(
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N']) }, ${loss})`,
    `fit(sequential(input(32), dense(10), flatten()), { x: T(['N', 32]), y: T(['N', 10]) }, ${loss})`,
  ),
  fitEither: row(
    `fit(${mlp}, { x: tensor([9, 32], []), y: T([9, 10]) }, ${loss})`,
    `fit(${mlp}, { x: T([9, 32]), y: T([9, 10]) }, ${loss})`,
  ),
  fitTask: row(
    `fit(${mlp}, { x: T([9, 32]), y: predict(${mlp}, ${weights}, T([9, 32])) }, ${loss})`,
    `fit(${mlp}, { x: T([9, 32]), y: T([9, 10]) }, ${loss})`,
  ),
  fitStrings: row(
    `fit(${mlp}, { x: [['1', '2']], y: T([9, 10]) }, ${loss})`,
    `fit(${mlp}, { x: [[1, 2]], y: T([9, 10]) }, ${loss})`,
  ),
  fitBigInts: row(
    `fit(${mlp}, { x: new BigInt64Array(32), y: T([9, 10]) }, ${loss})`,
    `fit(${mlp}, { x: new Float64Array(32), y: T([9, 10]) }, ${loss})`,
  ),
  fitFlatArray: row(
    `fit(${mlp}, { x: [1, 2], y: T([9, 10]) }, ${loss})`,
    `fit(${mlp}, { x: [[1, 2]], y: T([9, 10]) }, ${loss})`,
  ),
  fitFlatTarget: row(
    `fit(${mlp}, { x: T([9, 32]), y: [1, 2] }, ${loss})`,
    `fit(${mlp}, { x: T([9, 32]), y: [[1, 2]] }, ${loss})`,
  ),
  predictOneRow: row(`predict(${mlp}, ${weights}, [1, 2])`, `predict(${mlp}, ${weights}, [[1, 2]])`),
  fitSparseShape: row(
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10], 'i32') }, { loss: 'sparseCategoricalCrossentropy' })`,
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N'], 'i32') }, { loss: 'sparseCategoricalCrossentropy' })`,
  ),
  fitLossName: row(
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]) }, { loss: 'crossEntropy' })`,
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]) }, { loss: 'meanSquaredError' })`,
  ),
  fitOption: row(
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]) }, { loss: 'meanSquaredError', epocs: 3 })`,
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]) }, { loss: 'meanSquaredError', epochs: 3 })`,
  ),
  fitSampleWeight: row(
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]), sampleWeight: T([49]) }, ${loss})`,
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]), sampleWeight: T([50]) }, ${loss})`,
  ),
  fitValidationInput: row(
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: 'meanSquaredError', validationData: { x: T([9, 31]), y: T([9, 10]) } })`,
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: 'meanSquaredError', validationData: { x: T([9, 32]), y: T([9, 10]) } })`,
  ),
  fitValidationTarget: row(
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: 'meanSquaredError', validationData: { x: T([9, 32]), y: T([8, 10]) } })`,
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: 'meanSquaredError', validationData: { x: T([9, 32]), y: T([9, 10]) } })`,
  ),
  fitValidationWeight: row(
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: 'meanSquaredError', validationData: { x: T([9, 32]), y: T([9, 10]), sampleWeight: T([8]) } })`,
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: 'meanSquaredError', validationData: { x: T([9, 32]), y: T([9, 10]), sampleWeight: T([9]) } })`,
  ),
  fitSeqTarget: row(
    `fit(seq(dense(10)), { x: T(['N', 32]), y: T(['N', 9]) }, ${loss})`,
    `fit(seq(dense(10)), { x: T(['N', 32]), y: T(['N', 10]) }, ${loss})`,
  ),
  fitSeqLayer: row(
    `fit(seq(dense(10), dense(3, { in: 9 })), { x: T(['N', 32]), y: T(['N', 3]) }, ${loss})`,
    `fit(seq(dense(10), dense(3, { in: 10 })), { x: T(['N', 32]), y: T(['N', 3]) }, ${loss})`,
  ),
  initSeqLayer: row(
    `init(seq(dense(10, { in: 31 })), T(['N', 32]))`,
    `init(seq(dense(10, { in: 32 })), T(['N', 32]))`,
  ),
  initSeqAlone: row(`init(seq(dense(10)))`, `init(seq(dense(10)), T(['N', 32]), {})`),
  initWithData: row(`init(${mlp}, T(['N', 32]))`, `init(${mlp}, { seed: 1 })`),
  evaluateInput: row(
    `evaluate(${mlp}, ${weights}, { x: T(['N', 31]), y: T(['N', 10]) }, ${loss})`,
    `evaluate(${mlp}, ${weights}, { x: T(['N', 32]), y: T(['N', 10]) }, ${loss})`,
  ),
  evaluateTarget: row(
    `evaluate(${mlp}, ${weights}, { x: T(['N', 32]), y: T(['N', 9]) }, ${loss})`,
    `evaluate(${mlp}, ${weights}, { x: T(['N', 32]), y: T(['N', 10]) }, ${loss})`,
  ),
  predictWeights: row(
    `predict(${mlp}, { layer0: { kernel: T([31, 10]), bias: T([10]) } }, T(['N', 32]))`,
    `predict(${mlp}, { layer0: { kernel: T([32, 10]), bias: T([10]) } }, T(['N', 32]))`,
  ),
  predictMissingLayer: row(
    `predict(sequential(input(2), dense(3), dense(4)), { layer0: { kernel: T([2, 3]), bias: T([3]) } }, T(['N', 2]))`,
    `predict(sequential(input(2), dense(3)), { layer0: { kernel: T([2, 3]), bias: T([3]) } }, T(['N', 2]))`,
  ),
  predictWithoutBias: row(
    `predict(sequential(input(2), dense(3, { useBias: false })), { layer0: { kernel: T([2, 3]), bias: T([3]) } }, T(['N', 2]))`,
    `predict(sequential(input(2), dense(3, { useBias: false })), { layer0: { kernel: T([2, 3]) } }, T(['N', 2]))`,
  ),
  // training of several inputs and outputs
  namedInput: row(
    `fit(${pair}, { x: { img: T([50, 5]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedInputMissing: row(
    `fit(${pair}, { x: { img: T([50, 4]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedInputUnknown: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]), mat: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedInputAlone: row(
    `fit(${pair}, { x: T([50, 4]), y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedInputForOne: row(
    `fit(${mlp}, { x: { img: T([50, 32]) }, y: T([50, 10]) }, ${loss})`,
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, ${loss})`,
  ),
  namedBatch: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([49, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedTimeRunTime: row(
    `predict(${series}, ${seriesWeights}, { a: any<Tensor<[50, number, 4]>>(), b: T([50, 7, 2]) })`,
    `predict(${series}, ${seriesWeights}, { a: T([50, 7, 4]), b: T([50, 7, 2]) })`,
  ),
  namedTarget: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 4]), box: T([50, 2]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedTargetBatch: row(
    `fit(${pair}, { x: { img: T(['N', 4]), meta: T(['N', 2]) }, y: { cls: T(['N', 3]), box: T(['M', 2]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T(['N', 4]), meta: T(['N', 2]) }, y: { cls: T(['N', 3]), box: T(['N', 2]) } }, ${losses})`,
  ),
  namedTargetOneLoss: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 3]) } }, { loss: 'meanSquaredError' })`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError' })`,
  ),
  namedTargetMissing: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { box: T([50, 2]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedTargetAlone: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: T([50, 3]) }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedTargetForOne: row(
    `fit(${mlp}, { x: T([50, 32]), y: { cls: T([50, 10]) } }, ${loss})`,
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, ${loss})`,
  ),
  namedLossMissing: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: { cls: 'categoricalCrossentropy' } })`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedLossName: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: { cls: 'crossEntropy', box: 'meanSquaredError' } })`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedLossUnknown: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: { cls: 'categoricalCrossentropy', box: 'meanSquaredError', bocks: 'meanSquaredError' } })`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedLossForOne: row(
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: { cls: 'meanSquaredError' } })`,
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: 'meanSquaredError' })`,
  ),
  namedLossWeights: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', lossWeights: { bocks: 2 } })`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', lossWeights: { box: 2 } })`,
  ),
  namedMetrics: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', metrics: { clss: ['accuracy'] } })`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', metrics: { cls: ['accuracy'] } })`,
  ),
  namedMetricName: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', metrics: { cls: ['acuracy'] } })`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', metrics: ['accuracy'] })`,
  ),
  metricName: row(
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: 'meanSquaredError', metrics: ['acuracy'] })`,
    `fit(${mlp}, { x: T([50, 32]), y: T([50, 10]) }, { loss: 'meanSquaredError', metrics: ['accuracy'] })`,
  ),
  namedSampleWeight: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) }, sampleWeight: T([49]) }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) }, sampleWeight: T([50]) }, ${losses})`,
  ),
  namedValidationInput: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', validationData: { x: { img: T([9, 4]), meta: T([9, 3]) }, y: { cls: T([9, 3]), box: T([9, 2]) } } })`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', validationData: { x: { img: T([9, 4]), meta: T([9, 2]) }, y: { cls: T([9, 3]), box: T([9, 2]) } } })`,
  ),
  namedValidationTarget: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', validationData: { x: { img: T([9, 4]), meta: T([9, 2]) }, y: { cls: T([8, 3]), box: T([9, 2]) } } })`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, { loss: 'meanSquaredError', validationData: { x: { img: T([9, 4]), meta: T([9, 2]) }, y: { cls: T([9, 3]), box: T([9, 2]) } } })`,
  ),
  namedEvaluateTarget: row(
    `evaluate(${pair}, ${pairWeights}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 4]), box: T([50, 2]) } }, ${losses})`,
    `evaluate(${pair}, ${pairWeights}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) } }, ${losses})`,
  ),
  namedPredictInput: row(
    `predict(${pair}, ${pairWeights}, { img: T([50, 4]), meta: T([50, 3]) })`,
    `predict(${pair}, ${pairWeights}, { img: T([50, 4]), meta: T([50, 2]) })`,
  ),
  namedPredictWeights: row(
    `predict(${pair}, { c: { kernel: T([6, 4]), bias: T([3]) }, b: { kernel: T([6, 2]), bias: T([2]) } }, { img: T([50, 4]), meta: T([50, 2]) })`,
    `predict(${pair}, { c: { kernel: T([6, 3]), bias: T([3]) }, b: { kernel: T([6, 2]), bias: T([2]) } }, { img: T([50, 4]), meta: T([50, 2]) })`,
  ),
  namedSampleWeightOfOne: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) }, sampleWeight: { box: T([49]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) }, sampleWeight: { box: T([50]) } }, ${losses})`,
  ),
  namedSampleWeightUnknown: row(
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) }, sampleWeight: { bx: T([50]) } }, ${losses})`,
    `fit(${pair}, { x: { img: T([50, 4]), meta: T([50, 2]) }, y: { cls: T([50, 3]), box: T([50, 2]) }, sampleWeight: { cls: T([50]) } }, ${losses})`,
  ),
  sampleWeightByName: row(
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]), sampleWeight: { out: T(['N']) } }, ${loss})`,
    `fit(${mlp}, { x: T(['N', 32]), y: T(['N', 10]), sampleWeight: T(['N']) }, ${loss})`,
  ),
  namedInitWithData: row(`init(${pair}, { img: T([50, 4]) })`, `init(${pair}, { seed: 1 })`),
} satisfies Readonly<Record<string, Rejected>>

/** Mistakes that are not about shapes or names: TypeScript's own words are good enough there. */
export const inTypeScriptsWords: readonly (keyof typeof rejected)[] = [
  'convPadding',
  'initSeqAlone',
  'namedInitWithData',
  'namedInputMissing',
  'namedInputUnknown',
  'namedLossForOne',
  'namedLossMissing',
  'namedLossName',
  'namedLossUnknown',
  'namedLossWeights',
  'namedMetrics',
  'namedPredictWeights',
  'namedSampleWeightUnknown',
  'namedTargetMissing',
  'initWithData',
  'noLayerInResidual',
  'symbolFilters',
  'symbolUnits',
  'activationNeedsNumbers',
  'unknownActivation',
  'unknownOption',
  'fitLossName',
  'fitOption',
  'predictWeights',
  'predictMissingLayer',
  'predictWithoutBias',
]
