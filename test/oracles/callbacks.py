"""callbacks.json: what EarlyStopping and ReduceLROnPlateau do when the watched number takes given values."""

import keras
import numpy as np
from lib import number, write

EPOCHS = 12


class Watched:
    """As much of a model as the callbacks touch: weights that are the number of the epoch, and a learning rate."""

    def __init__(self):
        self.stop_training = False
        self.epoch = None
        self.restored = None
        self.optimizer = keras.optimizers.SGD(learning_rate=0.1)

    def get_weights(self):
        return self.epoch

    def set_weights(self, epoch):
        self.restored = epoch


def follow(callback, monitor, values):
    """Runs the callback over the epochs: the last one, the epoch whose weights came back, the rates."""
    model = Watched()
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        model.epoch = epoch
        callback.on_epoch_end(epoch, {monitor: float(value)})
        rates.append(number(model.optimizer.learning_rate))
        if model.stop_training:
            break
    callback.on_train_end()
    return {"lastEpoch": model.epoch, "restored": model.restored, "rates": rates}


def falling_and_noisy(seed):
    random = np.random.default_rng(seed)
    return np.round(1 / (1 + np.arange(EPOCHS)) + random.normal(size=EPOCHS) * 0.1, 2)


STOPPING = [
    {},
    {"patience": 1},
    {"patience": 3, "restore_best_weights": True},
    {"patience": 2, "min_delta": 0.05},
    {"patience": 2, "mode": "max", "restore_best_weights": True},
    {"patience": 2, "baseline": 0.3},
    {"patience": 1, "start_from_epoch": 4, "restore_best_weights": True},
    {"patience": 20, "restore_best_weights": True},
    {"patience": 2, "mode": "max", "min_delta": 0.02, "baseline": 0.5},
]
PLATEAU = [
    {"patience": 1},
    {"patience": 2, "factor": 0.5, "min_delta": 0.05},
    {"patience": 1, "cooldown": 2},
    {"patience": 1, "min_lr": 0.005},
    {"patience": 1, "mode": "max", "factor": 0.5},
]


def cases(kind, options):
    found = []
    for i, given in enumerate(options):
        for seed in range(3):
            values = falling_and_noisy(100 * i + seed)
            callback = getattr(keras.callbacks, kind)(**{"monitor": "val_loss", "mode": "min", **given})
            seen = follow(callback, "val_loss", values)
            found.append({"options": given, "values": [number(v) for v in values], **seen})
    return found


write("callbacks", {"earlyStopping": cases("EarlyStopping", STOPPING), "reduceOnPlateau": cases("ReduceLROnPlateau", PLATEAU)})
