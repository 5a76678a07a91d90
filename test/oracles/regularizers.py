"""regularizers.json: the penalty of given weights, and its gradient."""

import jax
import keras
import numpy as np

from lib import inputs, number, one_of, tensor, write

MATRIX = inputs(1, 4, 3)
WITH_ZERO = MATRIX.copy()
WITH_ZERO[1, 2] = 0  # |w| has no derivative here: JAX answers 1, other backends 0
VECTOR = inputs(2, 5)
KERNEL = inputs(3, 2, 2, 3)

CASES = [
    ({"class": "L1"}, MATRIX),
    ({"class": "L1", "l1": 0.3}, VECTOR),
    ({"class": "L1"}, WITH_ZERO),
    ({"class": "L2"}, MATRIX),
    ({"class": "L2", "l2": 0.3}, KERNEL),
    ({"class": "L1L2"}, MATRIX),
    ({"class": "L1L2", "l1": 0.1}, MATRIX),
    ({"class": "L1L2", "l1": 0.1, "l2": 0.2}, MATRIX),
    ({"class": "OrthogonalRegularizer"}, inputs(4, 4, 3)),
    ({"class": "OrthogonalRegularizer", "factor": 0.5, "mode": "columns"}, inputs(4, 4, 3)),
    ({"class": "OrthogonalRegularizer", "factor": 0.5, "mode": "rows"}, inputs(5, 2, 6)),
]


def case(spec, weight):
    regularizer = one_of(keras.regularizers, spec)
    value, gradient = jax.value_and_grad(lambda w: 1.0 * regularizer(w))(weight)
    return {
        "regularizer": spec,
        "smooth": weight is not WITH_ZERO,
        "weight": tensor(weight),
        "penalty": number(value),
        "gradient": tensor(np.asarray(gradient)),
    }


write("regularizers", {"cases": [case(*row) for row in CASES]})
