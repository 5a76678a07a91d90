"""activations.json: each activation on a grid, and its derivative away from its kinks."""

import jax
import keras
import numpy as np

from lib import inputs, tensor, write

# Name, arguments, and where the derivative jumps (there the golden only notes what JAX answers).
ELEMENTWISE = [
    ("relu", {}, [0]),
    ("relu", {"negative_slope": 0.1, "max_value": 4.0, "threshold": 0.5}, [0.5, 4]),
    ("relu6", {}, [0, 6]),
    ("leaky_relu", {}, [0]),
    ("leaky_relu", {"negative_slope": 0.3}, [0]),
    ("elu", {}, []),
    ("elu", {"alpha": 1.5}, [0]),
    ("selu", {}, [0]),
    ("celu", {}, []),
    ("celu", {"alpha": 1.5}, []),
    ("gelu", {}, []),
    ("gelu", {"approximate": True}, []),
    ("silu", {}, []),
    ("mish", {}, []),
    ("softplus", {}, []),
    ("softsign", {}, []),
    ("squareplus", {}, []),
    ("squareplus", {"b": 2}, []),
    ("sigmoid", {}, []),
    ("log_sigmoid", {}, []),
    ("hard_sigmoid", {}, [-3, 3]),
    ("tanh", {}, []),
    ("hard_tanh", {}, [-1, 1]),
    ("tanh_shrink", {}, []),
    ("soft_shrink", {}, [-0.5, 0.5]),
    ("soft_shrink", {"threshold": 1.0}, [-1, 1]),
    ("hard_shrink", {}, [-0.5, 0.5]),
    ("hard_shrink", {"threshold": 1.0}, [-1, 1]),
    ("threshold", {"threshold": 0.5, "default_value": 0.25}, [0.5]),
    ("sparse_plus", {}, []),
    ("sparse_sigmoid", {}, [-1, 1]),
    ("exponential", {}, []),
    ("hard_silu", {}, [-3, 3]),
    ("linear", {}, []),
]
ALONG_AN_AXIS = ["softmax", "log_softmax", "sparsemax", "glu"]

GRID = np.array(
    [-50, -20, -10, -8, -7, -6.5, -6, -5, -4, -3.5, -3, -2.7, -2.5, -2, -1.5, -1.25, -1, -0.75, -0.5, -0.4]
    + [-0.25, -0.1, -0.01, -0.001, 0, 0.001, 0.01, 0.1, 0.25, 0.4, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 2.7, 3]
    + [3.5, 4, 5, 6, 6.5, 7, 8, 10, 20, 50],
    dtype=np.float32,
)


def gradient(function, x, cotangent):
    """The cotangent of x."""
    return jax.vjp(function, x)[1](cotangent)[0]


def function_of(name, arguments):
    return lambda x: getattr(keras.activations, name)(x, **arguments)


def elementwise(name, arguments, kinks):
    function = function_of(name, arguments)
    smooth = np.array([x for x in GRID if x not in kinks], dtype=np.float32)
    cotangent = inputs(len(smooth), *smooth.shape)
    at_kinks = np.array(kinks, dtype=np.float32)
    return {
        "activation": name,
        "arguments": arguments,
        "forward": {"x": tensor(GRID), "y": tensor(function(GRID))},
        "backward": {
            "x": tensor(smooth),
            "cotangent": tensor(cotangent),
            "gradient": tensor(gradient(function, smooth, cotangent)),
        },
        "atKinks": {
            "x": tensor(at_kinks),
            "gradient": tensor(gradient(function, at_kinks, np.ones_like(at_kinks)) if kinks else at_kinks),
        },
    }


def along_an_axis(name, x, smooth, arguments):
    function = function_of(name, arguments)
    cotangent = inputs(17, *function(smooth).shape)
    return {
        "activation": name,
        "arguments": arguments,
        "forward": {"x": tensor(x), "y": tensor(function(x))},
        "backward": {
            "x": tensor(smooth),
            "cotangent": tensor(cotangent),
            "gradient": tensor(gradient(function, smooth, cotangent)),
        },
        "atKinks": {"x": tensor(np.zeros(0, np.float32)), "gradient": tensor(np.zeros(0, np.float32))},
    }


HARD_ROWS = np.array(
    [[1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0], [100, -100, 0, 50, 99, 1], [2, 2, -1, 2, 0.5, 0.25]],
    dtype=np.float32,
)

cases = [elementwise(*row) for row in ELEMENTWISE]
cases += [along_an_axis(name, HARD_ROWS, inputs(3, 4, 6), {}) for name in ALONG_AN_AXIS]
cases += [along_an_axis(name, inputs(5, 2, 3, 4), inputs(7, 2, 3, 4), {}) for name in ALONG_AN_AXIS]
cases += [along_an_axis(name, inputs(9, 4, 3), inputs(11, 4, 3), {"axis": 0}) for name in ALONG_AN_AXIS]
write("activations", {"cases": cases})
