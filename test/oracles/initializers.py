"""initializers.json: the distribution each initializer promises, confirmed by Keras's own samples.

Keras's random numbers are its backend's, so the golden holds bounds and deviations, never a drawn weight.
"""

import math

import keras
import numpy as np
from keras.src.initializers.random_initializers import compute_fans

from lib import one_of, tensor, write

# The deviation of a normal distribution cut off at two deviations.
TRUNCATED = 0.87962566103423978
SHAPES = [(), (7,), (4, 3), (100, 50), (784, 256), (3, 8, 16), (3, 3, 8, 16)]
BIG = {(100, 50), (784, 256), (3, 3, 8, 16)}

SCALED = {
    "GlorotUniform": (1.0, "fan_avg", "uniform"),
    "GlorotNormal": (1.0, "fan_avg", "truncated_normal"),
    "HeUniform": (2.0, "fan_in", "uniform"),
    "HeNormal": (2.0, "fan_in", "truncated_normal"),
    "LecunUniform": (1.0, "fan_in", "uniform"),
    "LecunNormal": (1.0, "fan_in", "truncated_normal"),
}
OTHERS = [
    {"class": "RandomUniform"},
    {"class": "RandomUniform", "minval": -1.0, "maxval": 3.0},
    {"class": "RandomNormal"},
    {"class": "RandomNormal", "mean": 1.0, "stddev": 0.5},
    {"class": "TruncatedNormal"},
    {"class": "TruncatedNormal", "mean": 1.0, "stddev": 0.5},
]
VARIANCE = [
    {"class": "VarianceScaling"},
    {"class": "VarianceScaling", "scale": 3.0, "mode": "fan_out", "distribution": "uniform"},
    {"class": "VarianceScaling", "scale": 2.0, "mode": "fan_avg", "distribution": "untruncated_normal"},
]
EXACT = [
    ({"class": "Zeros"}, (2, 3)),
    ({"class": "Ones"}, (2, 3)),
    ({"class": "Constant"}, (3,)),
    ({"class": "Constant", "value": 0.25}, (3,)),
    ({"class": "Identity"}, (3, 3)),
    ({"class": "Identity", "gain": 2.0}, (2, 3)),
    ({"class": "Identity"}, (3, 2)),
]
ORTHOGONAL = [((4, 3), 1.0), ((3, 4), 1.0), ((5, 5), 2.0), ((3, 3, 4, 6), 1.0)]


def limits(kind, mean, spread):
    """Bounds, mean and deviation; `spread` is a uniform's half width, else the deviation before the cut."""
    if kind == "uniform":
        return {"low": mean - spread, "high": mean + spread, "mean": mean, "stddev": spread / math.sqrt(3)}
    if kind == "truncated_normal":
        return {
            "low": mean - 2 * spread,
            "high": mean + 2 * spread,
            "mean": mean,
            "stddev": spread * TRUNCATED,
        }
    return {"low": None, "high": None, "mean": mean, "stddev": spread}


def confirmed(spec, shape, promise):
    """Fails when a sample drawn by Keras leaves the promised bounds, mean or deviation."""
    if shape not in BIG:
        return promise
    drawn = np.asarray(one_of(keras.initializers, {**spec, "seed": 1})(shape), dtype=np.float64)
    slack = 5 * promise["stddev"] / math.sqrt(drawn.size)
    assert abs(drawn.mean() - promise["mean"]) < slack, (spec, shape)
    assert abs(drawn.std() / promise["stddev"] - 1) < 0.05, (spec, shape, drawn.std())
    if promise["low"] is not None:
        width = promise["high"] - promise["low"]
        assert promise["low"] - 1e-6 <= drawn.min() < promise["low"] + 0.02 * width, (spec, shape)
        assert promise["high"] - 0.02 * width < drawn.max() <= promise["high"] + 1e-6, (spec, shape)
    return promise


def scaled(spec, scale, mode, kind, shape):
    fan_in, fan_out = compute_fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    variance = scale / max(1.0, fan)
    spread = {
        "uniform": math.sqrt(3 * variance),
        "truncated_normal": math.sqrt(variance) / TRUNCATED,
        "untruncated_normal": math.sqrt(variance),
    }[kind]
    promise = confirmed(spec, shape, limits(kind, 0.0, spread))
    fans = {"fanIn": fan_in, "fanOut": fan_out}
    return {"initializer": spec, "shape": list(shape), **fans, "distribution": kind, **promise}


def fixed(spec):
    initializer = one_of(keras.initializers, spec)
    if spec["class"] == "RandomUniform":
        low, high = initializer.minval, initializer.maxval
        kind, promise = "uniform", limits("uniform", (low + high) / 2, (high - low) / 2)
    else:
        kind = "truncated_normal" if spec["class"] == "TruncatedNormal" else "untruncated_normal"
        promise = limits(kind, initializer.mean, initializer.stddev)
    confirmed(spec, (784, 256), promise)
    return {"initializer": spec, "shape": [784, 256], "distribution": kind, **promise}


def orthogonal(shape, gain):
    """The rows or the columns, whichever are fewer, are orthonormal times `gain`, the rest flattened."""
    drawn = np.asarray(keras.initializers.Orthogonal(gain=gain, seed=1)(shape), dtype=np.float64)
    matrix = drawn.reshape(-1, shape[-1])
    few = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    assert np.allclose(few @ few.T, gain**2 * np.eye(len(few)), atol=1e-5)
    side = "rows" if matrix.shape[0] <= matrix.shape[1] else "columns"
    return {"shape": list(shape), "gain": gain, "matrix": list(matrix.shape), "orthonormal": side}


def variance_arguments(spec):
    made = one_of(keras.initializers, spec)
    return made.scale, made.mode, made.distribution


rows = [scaled({"class": name}, *rule, shape) for name, rule in SCALED.items() for shape in SHAPES]
rows += [scaled(spec, *variance_arguments(spec), shape) for spec in VARIANCE for shape in SHAPES]
write(
    "initializers",
    {
        "random": rows + [fixed(spec) for spec in OTHERS],
        "exact": [
            {"initializer": spec, "value": tensor(np.asarray(one_of(keras.initializers, spec)(shape)))}
            for spec, shape in EXACT
        ],
        "orthogonal": [orthogonal(*row) for row in ORTHOGONAL],
    },
)
