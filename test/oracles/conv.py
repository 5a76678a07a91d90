"""conv.json: Conv2D and DepthwiseConv2D forward, and the gradients of everything they own."""

import jax
import jax.numpy as jnp
import keras

from lib import inputs, one_of, tensor, tensors, write

CASES = [
    ("valid", "Conv2D", (2, 5, 6, 3), {"filters": 4, "kernel_size": 3}),
    ("same, relu", "Conv2D", (2, 5, 6, 3), {"filters": 4, "kernel_size": 3, "padding": "same", "activation": "relu"}),
    ("kernel of two sizes", "Conv2D", (1, 6, 7, 2), {"filters": 3, "kernel_size": (2, 4)}),
    ("same, even kernel: padding at the end", "Conv2D", (1, 5, 4, 2), {"filters": 3, "kernel_size": (2, 4), "padding": "same"}),
    ("strides, valid", "Conv2D", (2, 7, 8, 2), {"filters": 3, "kernel_size": 3, "strides": 2}),
    ("strides, same, odd sizes", "Conv2D", (2, 7, 9, 2), {"filters": 3, "kernel_size": 3, "strides": (2, 3), "padding": "same"}),
    ("stride beyond the kernel", "Conv2D", (1, 8, 8, 2), {"filters": 2, "kernel_size": 2, "strides": 3}),
    ("dilation, valid", "Conv2D", (1, 8, 9, 2), {"filters": 3, "kernel_size": 3, "dilation_rate": 2}),
    ("dilation, same", "Conv2D", (1, 6, 7, 2), {"filters": 3, "kernel_size": 3, "dilation_rate": (2, 3), "padding": "same"}),
    ("groups", "Conv2D", (2, 5, 5, 4), {"filters": 6, "kernel_size": 3, "groups": 2, "activation": "tanh"}),
    ("groups, same, strides", "Conv2D", (1, 6, 5, 6), {"filters": 3, "kernel_size": 3, "groups": 3, "strides": 2, "padding": "same"}),
    ("1 x 1", "Conv2D", (2, 3, 4, 5), {"filters": 6, "kernel_size": 1, "use_bias": False}),
    ("1 x 1 with strides", "Conv2D", (2, 5, 4, 3), {"filters": 2, "kernel_size": 1, "strides": 2}),
    ("one channel, one filter", "Conv2D", (1, 4, 4, 1), {"filters": 1, "kernel_size": 3, "padding": "same", "activation": "sigmoid"}),
    ("penalties", "Conv2D", (3, 4, 4, 2), {"filters": 2, "kernel_size": 2, "kernel_regularizer": {"class": "L2", "l2": 0.1}, "activity_regularizer": {"class": "L1", "l1": 0.05}, "activation": "tanh"}),
    ("valid", "DepthwiseConv2D", (2, 5, 6, 3), {"kernel_size": 3}),
    ("same, relu", "DepthwiseConv2D", (2, 5, 6, 3), {"kernel_size": 3, "padding": "same", "activation": "relu"}),
    ("multiplier", "DepthwiseConv2D", (1, 5, 6, 3), {"kernel_size": (3, 2), "depth_multiplier": 2}),
    ("strides, same", "DepthwiseConv2D", (2, 7, 6, 4), {"kernel_size": 3, "strides": 2, "padding": "same", "use_bias": False}),
    ("dilation", "DepthwiseConv2D", (1, 7, 7, 2), {"kernel_size": 3, "dilation_rate": 2, "padding": "same"}),
]


def model_of(layer, config, shape):
    built = {k: one_of(keras.regularizers, v) if k.endswith("_regularizer") else v for k, v in config.items()}
    return keras.Sequential([keras.Input(batch_shape=shape), getattr(keras.layers, layer)(**built)])


def case(seed, name, layer, shape, config):
    model = model_of(layer, config, shape)
    x = inputs(seed, *shape)
    weights = {
        w.name: inputs(seed + i + 1, *w.shape, scale=0.6) for i, w in enumerate(model.trainable_variables)
    }
    cotangent = inputs(seed + 9, *model.output_shape)

    def run(x, values):
        y, _, penalties = model.stateless_call(values, [], x, return_losses=True)
        return jnp.sum(y * cotangent) + sum(penalties, jnp.float32(0)), y

    differentiate = jax.value_and_grad(run, argnums=(0, 1), has_aux=True)
    (_, y), (x_bar, values_bar) = differentiate(x, list(weights.values()))
    return {
        "name": name,
        "layer": layer,
        "config": config,
        "x": tensor(x),
        "weights": tensors(weights),
        "cotangent": tensor(cotangent),
        "y": tensor(y),
        "gradients": {"x": tensor(x_bar), **tensors(dict(zip(weights, values_bar, strict=True)))},
    }


write("conv", {"cases": [case(100 * i, *row) for i, row in enumerate(CASES)]})
