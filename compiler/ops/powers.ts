import type { Value } from '../ir/program.js'
import * as m from '../loop/math.js'
import { binary, type Scalar, type Slope } from './pointwise.js'
import type { Site, Table } from './row.js'
import { FLOATS, two } from './rules.js'
import { pow } from './special.js'

/*
 * Elementary functions of two reals.
 */

const always = (f: Scalar) => () => f

/** y x^(y-1), and 0 where y is 0, even at x = 0 where x^(y-1) is infinite. */
const powerByBase: Slope<'power'> = ({ b, inputs }, g) => {
  const [x, y] = two('power', inputs)
  const [zero, one] = [b.fullLike(y, 0), b.fullLike(y, 1)]
  const isZero = b.compare('EQ', y, zero)
  const exponent = b.select(isZero, one, b.subtract(y, one))
  return b.multiply(g, b.select(isZero, zero, b.multiply(y, b.power(x, exponent))))
}

/** x^y log x, and 0 at x = 0 where the logarithm is infinite (as JAX: the limit for y > 0). */
const powerByExponent: Slope<'power'> = ({ b, inputs, output }, g) => {
  const [x] = two('power', inputs)
  const isZero = b.compare('EQ', x, b.fullLike(x, 0))
  const safe = b.select(isZero, b.fullLike(x, 1), x)
  return b.multiply(g, b.multiply(b.log(safe), output))
}

/** x² + y². */
const squaredLength = ({ b, inputs }: Site<'atan2'>): Value => {
  const [x, y] = two('atan2', inputs)
  return b.add(b.multiply(x, x), b.multiply(y, y))
}

/** The rows of powers and angles. */
export const powerRows = {
  power: binary(
    'power',
    {
      accepts: FLOATS,
      scalar: always(pow),
      // d(x^y) = y x^(y-1) dx + x^y log x dy
      slopes: [powerByBase, powerByExponent],
    },
    m.pow,
  ),

  atan2: binary(
    'atan2',
    {
      accepts: FLOATS,
      scalar: always(Math.atan2),
      // d atan2(x, y) = (y dx - x dy) / (x² + y²)
      slopes: [
        (site, g) => site.b.multiply(g, site.b.divide(two('atan2', site.inputs)[1], squaredLength(site))),
        (site, g) =>
          site.b.multiply(g, site.b.negate(site.b.divide(two('atan2', site.inputs)[0], squaredLength(site)))),
      ],
    },
    m.atan2,
  ),
} satisfies Partial<Table>
