"""dropout.json: what survives is scaled by 1/(1-rate); the mask itself is the backend's and not recorded."""

import math

import keras
import numpy as np

from lib import inputs, number, tensor, write

RATES = [0.0, 0.1, 0.25, 0.5, 0.9]
ONES = np.ones((200, 100), np.float32)


def rule(rate):
    dropped = np.asarray(keras.layers.Dropout(rate, seed=1)(ONES, training=True))
    kept = dropped[dropped != 0]
    assert np.all(kept == kept[0])
    slack = 5 * math.sqrt(rate * (1 - rate) / dropped.size)
    assert abs(kept.size / dropped.size - (1 - rate)) <= slack
    return {"rate": rate, "scale": number(kept[0]), "keptFraction": round(1 - rate, 9)}


def shared_mask():
    """With noise_shape (n, 1) a sample is kept or dropped whole."""
    dropped = np.asarray(keras.layers.Dropout(0.5, noise_shape=(200, 1), seed=1)(ONES, training=True))
    return bool(np.all(dropped == dropped[:, :1]))


x = inputs(1, 3, 4)
layer = keras.layers.Dropout(0.5)
all_dropped = np.asarray(keras.layers.Dropout(1.0)(ONES, training=True))
write(
    "dropout",
    {
        "rules": [rule(rate) for rate in RATES],
        "rateOneGivesZeros": bool(np.all(all_dropped == 0)),
        "noiseShapeSharesTheMask": shared_mask(),
        "inference": {"rate": 0.5, "x": tensor(x), "y": tensor(layer(x, training=False))},
        "rateZero": {"rate": 0.0, "x": tensor(x), "y": tensor(keras.layers.Dropout(0.0)(x, training=True))},
    },
)
