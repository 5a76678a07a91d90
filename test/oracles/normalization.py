"""batchnorm.json and layernorm.json: outputs, moving averages over three steps, and gradients."""

import jax
import keras
import numpy as np

from lib import inputs, tensor, tensors, write

BATCH_NORM = [
    ("rank 2", (6, 3), {}),
    ("rank 3", (2, 4, 3), {}),
    ("axis 1", (2, 4, 3), {"axis": 1}),
    ("other momentum and epsilon", (6, 3), {"momentum": 0.8, "epsilon": 0.01}),
    ("no center", (6, 3), {"center": False}),
    ("no scale", (6, 3), {"scale": False}),
    ("neither", (6, 3), {"center": False, "scale": False}),
    ("one sample", (1, 3), {}),
]
LAYER_NORM = [
    ("rank 2", (5, 4), {}),
    ("rank 3", (2, 3, 4), {}),
    ("axis 1", (2, 3, 4), {"axis": 1}),
    ("two axes", (2, 3, 4), {"axis": [1, 2]}),
    ("other epsilon", (5, 4), {"epsilon": 1e-5}),
    ("no center", (5, 4), {"center": False}),
    ("no scale", (5, 4), {"scale": False}),
    ("one feature", (5, 1), {}),
]


def weights_of(layer, seed):
    """Given values of the trainable weights: gamma near one, beta near zero."""
    around = {"gamma": 1, "beta": 0}
    names = [w.name for w in layer.trainable_variables]
    shapes = [w.shape for w in layer.trainable_variables]
    return {
        n: inputs(seed + i, *s, scale=0.3) + np.float32(around[n])
        for i, (n, s) in enumerate(zip(names, shapes, strict=True))
    }


def step(layer, x, weights, state, seed, **mode):
    """One call: its output, its next state and the gradients of sum(cotangent * y)."""
    cotangent = inputs(seed, *x.shape)

    def call(x, values):
        return layer.stateless_call(values, list(state.values()), x, **mode)

    y, pull, after = jax.vjp(call, x, list(weights.values()), has_aux=True)
    x_bar, values_bar = pull(cotangent)
    made = {
        "x": tensor(x),
        "cotangent": tensor(cotangent),
        "y": tensor(y),
        "gradients": {"x": tensor(x_bar), **tensors(dict(zip(weights, values_bar, strict=True)))},
    }
    return made, dict(zip(state, after, strict=True))


def batch_norm(seed, name, shape, config):
    layer = keras.layers.BatchNormalization(**config)
    layer.build(shape)
    weights = weights_of(layer, seed)
    state = {w.name: np.asarray(w.value) for w in layer.non_trainable_variables}
    before = tensors(state)
    training = []
    for i in range(3):
        x = inputs(seed + 10 * i + 3, *shape, scale=1 + i) + np.float32(i)
        made, state = step(layer, x, weights, state, seed + 10 * i + 4, training=True)
        training.append({**made, "stateAfter": tensors(state)})
    x = inputs(seed + 50, *shape)
    inference, _ = step(layer, x, weights, state, seed + 51, training=False)
    return {
        "name": name,
        "config": config,
        "weights": tensors(weights),
        "stateBefore": before,
        "training": training,
        "inference": inference,
    }


def layer_norm(seed, name, shape, config):
    layer = keras.layers.LayerNormalization(**config)
    layer.build(shape)
    weights = weights_of(layer, seed)
    x = inputs(seed + 3, *shape, scale=2) + np.float32(0.5)
    made, _ = step(layer, x, weights, {}, seed + 4)
    return {"name": name, "config": config, "weights": tensors(weights), **made}


write("batchnorm", {"cases": [batch_norm(100 * i, *row) for i, row in enumerate(BATCH_NORM)]})
write("layernorm", {"cases": [layer_norm(100 * i, *row) for i, row in enumerate(LAYER_NORM)]})
