/** CartPole by policy gradients: a pole on a cart learns to stand. A network plays, then learns from what it did. */
import * as d from '../src/index.js'

const model = d.sequential(d.input(4), d.dense(32, 'tanh'), d.dense(2, 'softmax'))
const { init, update } = d.adam({ learningRate: 0.01 })
type W = d.NodesOf<d.WeightsOf<typeof model>>
type State = d.OptimizerState<W>
type Batch<Width extends number> = d.Sym<[2000, Width]>
const loss = (w: W, x: Batch<4>, gains: Batch<2>) => d.neg(d.mean(d.mul(d.log(model.apply(w, x)), gains)))
const learn = d.jit((w: W, s: State, x: Batch<4>, y: Batch<2>) => update(d.grad(loss)(w, x, y), s, w))
/** A fiftieth of a second later: position, speed, angle, its speed; Barto, Sutton and Anderson's cart. */
const moved = ([x = 0, v = 0, a = 0, w = 0]: readonly number[], push: number): readonly number[] => {
  const pull = (push + 0.05 * w * w * Math.sin(a)) / 1.1
  const turn = (9.8 * Math.sin(a) - Math.cos(a) * pull) / (0.5 * (4 / 3 - (0.1 * Math.cos(a) ** 2) / 1.1))
  return [x + 0.02 * v, v + 0.02 * (pull - (0.05 * turn * Math.cos(a)) / 1.1), a + 0.02 * w, w + 0.02 * turn]
}
let weights = d.unwrap(d.init(model))
let state = init(weights)
const policy = await d.predictor(model, weights)
for (let round = 0; round < 30; round++) {
  const [seen, moves, brought]: [number[], number[], number[]] = [[], [], []]
  let [now, began, games]: [readonly number[], number, number] = [[0, 0, 0.02, 0], 0, 1]
  while (moves.length < 2000) {
    const right = Math.random() < (d.unwrap(policy([now])).data[1] ?? 0)
    seen.push(...now)
    moves.push(right ? 1 : 0)
    now = moved(now, right ? 10 : -10)
    const over = Math.abs(now[0] ?? 0) > 2.4 || Math.abs(now[2] ?? 0) > 0.209 || moves.length - began === 500
    if (!over && moves.length < 2000) continue
    for (let i = moves.length - 1; i >= began; i--) brought[i] = 1 + 0.98 * (brought[i + 1] ?? 0)
    ;[now, began, games] = [[0, 0, 0.1 * Math.random() - 0.05, 0], moves.length, games + 1]
  }
  const mean = brought.reduce((a, b) => a + b) / 2000
  const gain = (i: number) => ((brought[i] ?? 0) - mean) / 10
  const gains = moves.flatMap((right, i) => [(1 - right) * gain(i), right * gain(i)])
  const [x, g] = [d.unwrap(d.tensor([2000, 4], seen)), d.unwrap(d.tensor([2000, 2], gains))]
  ;({ weights, state } = await learn(weights, state, x, g))
  d.unwrap(policy.setWeights(weights))
  if (round % 10 === 9) console.log(`round ${round + 1}: a game lasts ${Math.round(2000 / games)} steps`)
}
