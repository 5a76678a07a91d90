"""pooling.json: pooling forward and its gradient, with equal elements in a window among the inputs."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from lib import inputs, tensor, write

CASES = [
    ("2 x 2", "MaxPooling2D", (2, 4, 6, 3), {}),
    ("rows and columns left over", "MaxPooling2D", (1, 5, 7, 2), {"pool_size": 2}),
    ("same, odd sizes", "MaxPooling2D", (1, 5, 7, 2), {"pool_size": 2, "padding": "same"}),
    ("windows overlap", "MaxPooling2D", (1, 6, 7, 2), {"pool_size": 3, "strides": 2}),
    ("windows overlap, same", "MaxPooling2D", (2, 6, 5, 2), {"pool_size": (3, 2), "strides": 1, "padding": "same"}),
    ("windows with gaps", "MaxPooling2D", (1, 7, 7, 2), {"pool_size": 2, "strides": 3}),
    ("two sizes", "MaxPooling2D", (1, 6, 6, 1), {"pool_size": (3, 2)}),
    ("2 x 2", "AveragePooling2D", (2, 4, 6, 3), {"pool_size": 2}),
    ("rows and columns left over", "AveragePooling2D", (1, 5, 7, 2), {"pool_size": 2}),
    ("same counts real elements only", "AveragePooling2D", (1, 5, 7, 2), {"pool_size": 2, "padding": "same"}),
    ("windows overlap, same", "AveragePooling2D", (2, 6, 5, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
    ("windows overlap", "AveragePooling2D", (1, 6, 7, 2), {"pool_size": (3, 2), "strides": (1, 2)}),
    ("windows with gaps", "AveragePooling2D", (1, 8, 7, 2), {"pool_size": 2, "strides": 3}),
    ("all of it", "GlobalAveragePooling2D", (2, 3, 5, 4), {}),
    ("keepdims", "GlobalAveragePooling2D", (2, 3, 5, 4), {"keepdims": True}),
]


def case(seed, name, layer, shape, config, tied=False):
    run = getattr(keras.layers, layer)(**config)
    # whole numbers from -1 to 1: most windows have equals
    x = np.clip(np.round(inputs(seed, *shape)), -1, 1) if tied else inputs(seed, *shape)
    cotangent = inputs(seed + 9, *run(x).shape)
    y, x_bar = jax.value_and_grad(lambda x: jnp.sum(run(x) * cotangent))(x)
    return {
        "name": name,
        "layer": layer,
        "config": config,
        "x": tensor(x),
        "cotangent": tensor(cotangent),
        "y": tensor(run(x)),
        "gradient": tensor(x_bar),
    }


TIED = [(f"{name}, equals in a window", *rest) for name, *rest in CASES if rest[0] == "MaxPooling2D"]

write(
    "pooling",
    {
        "cases": [case(100 * i, *row) for i, row in enumerate(CASES)],
        "ties": [case(100 * i + 50, *row, tied=True) for i, row in enumerate(TIED)],
    },
)
