/** A Wasserstein GAN with gradient penalty: points made of noise come to lie on a circle of radius 2. */
import * as d from '../src/index.js'

const generator = d.sequential(d.input(2), d.dense(64, 'relu'), d.dense(64, 'relu'), d.dense(2))
const critic = d.sequential(d.input(2), d.dense(64, 'tanh'), d.dense(64, 'tanh'), d.dense(1))
const optimizer = (learningRate: number) => d.adam({ learningRate, beta1: 0.5, beta2: 0.9 })
const [forG, forC] = [optimizer(1e-3), optimizer(4e-3)]
type G = d.NodesOf<d.WeightsOf<typeof generator>>
type C = d.NodesOf<d.WeightsOf<typeof critic>>
type Points = d.Sym<[64, 2]>

const criticLoss = (c: C, real: Points, fake: Points, share: d.Sym<[64, 1]>) => {
  const between = d.add(d.mul(real, share), d.mul(fake, d.sub(1, share)))
  const slope = d.grad((x: Points) => d.sum(critic.apply(c, x)))(between)
  const norm = d.sqrt(d.add(d.sum(d.square(slope), [-1]), 1e-12))
  const distance = d.sub(d.mean(critic.apply(c, real)), d.mean(critic.apply(c, fake)))
  return d.sub(d.mean(d.square(d.sub(norm, 1))), distance)
}
const generatorLoss = (g: G, c: C, noise: Points) => d.neg(d.mean(critic.apply(c, generator.apply(g, noise))))

type Both = { readonly c: d.Updated<C>; readonly g: d.Updated<G> }
const step = d.jit(({ c, g }: Both, real: Points, noise: Points, share: d.Sym<[64, 1]>) => {
  const slopes = d.grad(criticLoss)(c.weights, real, generator.apply(g.weights, noise), share)
  const taught = forC.update(slopes, c.state, c.weights)
  const ways = d.grad(generatorLoss)(g.weights, taught.weights, noise)
  return { c: taught, g: forG.update(ways, g.state, g.weights) }
})

const filled = <const W extends number>(width: W, f: () => readonly number[]) =>
  d.unwrap(d.tensor([64, width], Array.from({ length: 64 }, f).flat()))
const noise = () => filled(2, () => [2 * Math.random() - 1, 2 * Math.random() - 1])
const circle = () => filled(2, () => (a => [2 * Math.cos(a), 2 * Math.sin(a)])(2 * Math.PI * Math.random()))
const share = () => filled(1, () => [Math.random()])
const [c, g] = [d.unwrap(d.init(critic)), d.unwrap(d.init(generator))]
let both = { c: { weights: c, state: forC.init(c) }, g: { weights: g, state: forG.init(g) } }
for (let i = 0; i < 2000; i++) both = await step(both, circle(), noise(), share())
const made = d.toArrays(await d.predict(generator, both.g.weights, noise()))
const near = made.filter(([x = 0, y = 0]) => Math.abs(Math.hypot(x, y) - 2) < 0.5)
console.log(`${near.length} of 64 new points lie by the circle`)
