"""dense.json: Dense forward, its penalties, and the gradients of everything it owns."""

import jax
import jax.numpy as jnp
import keras

from lib import inputs, number, one_of, tensor, tensors, write

CASES = [
    ("linear, rank 2", (5, 4), {"units": 3}),
    ("relu, rank 3", (2, 3, 4), {"units": 5, "activation": "relu"}),
    ("tanh, rank 4", (2, 2, 3, 4), {"units": 2, "activation": "tanh"}),
    ("tanh, no bias", (5, 4), {"units": 3, "activation": "tanh", "use_bias": False}),
    ("softmax", (5, 4), {"units": 3, "activation": "softmax"}),
    ("one sample, one unit", (1, 4), {"units": 1, "activation": "sigmoid"}),
    ("kernel l2", (5, 4), {"units": 3, "kernel_regularizer": {"class": "L2", "l2": 0.1}}),
    ("bias l1", (5, 4), {"units": 3, "bias_regularizer": {"class": "L1", "l1": 0.05}}),
    (
        "activity l2 is divided by the batch",
        (5, 4),
        {"units": 3, "activation": "relu", "activity_regularizer": {"class": "L2", "l2": 0.2}},
    ),
    (
        "activity l1 of rank 3 is divided by the first dimension only",
        (2, 3, 4),
        {"units": 5, "activation": "tanh", "activity_regularizer": {"class": "L1", "l1": 0.1}},
    ),
    (
        "all penalties",
        (6, 4),
        {
            "units": 3,
            "activation": "gelu",
            "kernel_regularizer": {"class": "L1L2", "l1": 0.02, "l2": 0.03},
            "bias_regularizer": {"class": "L2", "l2": 0.05},
            "activity_regularizer": {"class": "L2", "l2": 0.01},
        },
    ),
    (
        "orthogonal kernel",
        (5, 4),
        {
            "units": 3,
            "kernel_regularizer": {"class": "OrthogonalRegularizer", "factor": 0.1, "mode": "columns"},
        },
    ),
]


def model_of(config, shape):
    """One Dense with the regularizers that the case describes as data.

    It stands in a model because only a layer that a model calls records its activity penalty.
    """
    built = {k: one_of(keras.regularizers, v) if k.endswith("_regularizer") else v for k, v in config.items()}
    return keras.Sequential([keras.Input(batch_shape=shape), keras.layers.Dense(**built)])


def case(seed, name, shape, config):
    model = model_of(config, shape)
    x = inputs(seed, *shape)
    weights = {
        w.name: inputs(seed + i + 1, *w.shape, scale=0.6) for i, w in enumerate(model.trainable_variables)
    }
    cotangent = inputs(seed + 9, *shape[:-1], config["units"])

    def run(x, values):
        y, _, penalties = model.stateless_call(values, [], x, return_losses=True)
        penalty = sum(penalties, jnp.float32(0))
        return jnp.sum(y * cotangent) + penalty, (y, penalty)

    differentiate = jax.value_and_grad(run, argnums=(0, 1), has_aux=True)
    (total, (y, penalty)), (x_bar, values_bar) = differentiate(x, list(weights.values()))
    return {
        "name": name,
        "config": config,
        "x": tensor(x),
        "weights": tensors(weights),
        "cotangent": tensor(cotangent),
        "y": tensor(y),
        "penalty": number(penalty),
        "total": number(total),
        "gradients": {"x": tensor(x_bar), **tensors(dict(zip(weights, values_bar, strict=True)))},
    }


write("dense", {"cases": [case(100 * i, *row) for i, row in enumerate(CASES)]})
