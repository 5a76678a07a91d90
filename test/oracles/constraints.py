"""constraints.json: what a constraint makes of given weights."""

import keras

from lib import inputs, one_of, tensor, write

MATRIX = inputs(1, 4, 3, scale=1.5)
MATRIX[:, 1] *= 0.1  # a column below every bound
WITH_ZERO = inputs(2, 3, 3)
WITH_ZERO[:, 0] = 0  # the 1e-7 in the denominator keeps zero at zero
KERNEL = inputs(3, 2, 2, 2, 3)
VECTOR = inputs(4, 5, scale=2)

CASES = [
    ({"class": "MaxNorm"}, MATRIX),
    ({"class": "MaxNorm", "max_value": 1.0, "axis": 1}, MATRIX),
    ({"class": "MaxNorm", "max_value": 1.0, "axis": [0, 1, 2]}, KERNEL),
    ({"class": "MaxNorm", "max_value": 1.0}, VECTOR),
    ({"class": "MaxNorm"}, WITH_ZERO),
    ({"class": "NonNeg"}, MATRIX),
    ({"class": "NonNeg"}, VECTOR),
    ({"class": "UnitNorm"}, MATRIX),
    ({"class": "UnitNorm", "axis": 1}, MATRIX),
    ({"class": "UnitNorm"}, WITH_ZERO),
    ({"class": "MinMaxNorm"}, MATRIX),
    ({"class": "MinMaxNorm", "min_value": 0.5, "max_value": 1.5}, MATRIX),
    ({"class": "MinMaxNorm", "min_value": 0.5, "max_value": 1.5, "rate": 0.25, "axis": 1}, MATRIX),
    ({"class": "MinMaxNorm", "min_value": 0.5, "max_value": 1.0}, WITH_ZERO),
]


def case(spec, weight):
    constrained = one_of(keras.constraints, spec)(weight)
    return {"constraint": spec, "weight": tensor(weight), "constrained": tensor(constrained)}


write("constraints", {"cases": [case(*row) for row in CASES]})
