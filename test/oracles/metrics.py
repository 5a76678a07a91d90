"""metrics.json: accuracies over two batches, ties, weights, and what "accuracy" means for which shapes."""

import keras
import numpy as np
from keras.src.trainers.compile_utils import get_loss, get_metric

from lib import inputs, number, tensor, write

LABELS = np.array([0, 2, 1, 2, 0, 1], dtype=np.int32)
SCORES = inputs(1, 6, 3)
TIES = np.array(
    [[0.4, 0.4, 0.2], [0, 0.5, 0.5], [0.3, 0.3, 0.3], [0.5, 0, 0.5], [0.2, 0.4, 0.4], [0, 0, 1]],
    dtype=np.float32,
)
BITS = np.array([[0], [1], [1], [0], [1], [0]], dtype=np.float32)
CHANCES = np.array([[0.2], [0.5], [0.51], [0.5], [0.9], [0.7]], dtype=np.float32)
MANY = np.array([[0, 1], [1, 1], [0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)
WEIGHTS = np.array([1, 0.5, 0, 2, 3, 0.25], dtype=np.float32)
HOT = np.eye(3, dtype=np.float32)[LABELS]
STEPS = np.eye(4, dtype=np.float32)[np.array([[0, 1, 2], [3, 3, 0]])]

CASES = [
    ("equal values", "Accuracy", {}, LABELS[:, None], np.array([[0], [2], [2], [2], [1], [1]], np.int32)),
    ("one output; .5 is no hit", "BinaryAccuracy", {}, BITS, CHANCES),
    ("other threshold", "BinaryAccuracy", {"threshold": 0.6}, BITS, CHANCES),
    ("two outputs", "BinaryAccuracy", {}, MANY, np.abs(inputs(2, 6, 2))),
    ("scores", "CategoricalAccuracy", {}, HOT, SCORES),
    ("ties go to the first", "CategoricalAccuracy", {}, HOT, TIES),
    ("rank 3", "CategoricalAccuracy", {}, STEPS, inputs(3, 2, 3, 4)),
    ("scores", "SparseCategoricalAccuracy", {}, LABELS, SCORES),
    ("labels of shape (n, 1)", "SparseCategoricalAccuracy", {}, LABELS[:, None], SCORES),
    ("ties go to the first", "SparseCategoricalAccuracy", {}, LABELS, TIES),
    ("rank 3", "SparseCategoricalAccuracy", {}, STEPS.argmax(-1).astype(np.int32), inputs(3, 2, 3, 4)),
]
SHAPES = [
    ((6, 1), (6, 1)),
    ((6,), (6, 1)),
    ((6,), (6, 3)),
    ((6, 1), (6, 3)),
    ((6, 3), (6, 3)),
    ((6, 2), (6, 2)),
    ((6, 5), (6, 5, 3)),
    ((6, 5, 1), (6, 5, 3)),
    ((6, 5, 3), (6, 5, 3)),
    ((6, 5), (6, 5, 1)),
    ((6, 5, 1), (6, 5, 1)),
]


def case(name, metric, options, y_true, y_pred, weighted):
    state = getattr(keras.metrics, metric)(**options)
    weight = WEIGHTS[: len(y_pred)].reshape(-1, *[1] * (y_pred.ndim - 2))
    results = []
    cut = 4 if len(y_pred) > 4 else 1
    for part in (slice(0, cut), slice(cut, None)):
        state.update_state(y_true[part], y_pred[part], sample_weight=weight[part] if weighted else None)
        results.append(number(state.result()))
    return {
        "name": name,
        "metric": metric,
        "options": options,
        "yTrue": tensor(y_true),
        "yPred": tensor(y_pred),
        "sampleWeight": tensor(weight) if weighted else None,
        "batches": [cut, len(y_pred) - cut],
        "resultAfterBatch": results,
    }


def resolution(y_true, y_pred):
    shapes = keras.KerasTensor(y_true), keras.KerasTensor(y_pred)
    return {
        "yTrue": list(y_true),
        "yPred": list(y_pred),
        "accuracy": type(get_metric("accuracy", *shapes)).__name__,
        "crossentropy": get_loss("crossentropy", *shapes).fn.__name__,
    }


cases = [case(*row, weighted) for row in CASES for weighted in (False, True)]
write("metrics", {"cases": cases, "resolution": [resolution(*row) for row in SHAPES]})
