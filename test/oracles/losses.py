"""losses.json: per-sample values, reductions, sample weights, and gradients by the predictions."""

import jax
import keras
import numpy as np

from lib import inputs, number, tensor, write


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.round(e / e.sum(-1, keepdims=True), 3).astype(np.float32)


def one_hot(labels, classes):
    return np.eye(classes, dtype=np.float32)[np.asarray(labels)]


LABELS = np.array([0, 2, 1, 2, 0], dtype=np.int32)
SOFT = np.array([[0.7, 0.2, 0.1], [0, 0, 1], [0.25, 0.5, 0.25], [0, 1, 0], [1, 0, 0]], dtype=np.float32)
LOGITS = inputs(1, 5, 3, scale=2)
PROBABILITIES = softmax(LOGITS)
UNNORMALIZED = np.abs(inputs(2, 5, 3)) + np.float32(0.1)
EXACT = one_hot([1, 2, 1, 0, 0], 3)  # probabilities of exactly 0 and 1: right for samples 1, 2 and 4
HUGE = np.array([[80, -80, 0], [-90, 90, 0], [0, 0, 0], [50, 50, -50], [1e4, 0, -1e4]], dtype=np.float32)
SEQUENCE = inputs(3, 2, 3, 4)
SEQUENCE_LABELS = np.array([[0, 3, 1], [2, 2, 0]], dtype=np.int32)

BITS = np.array([[0, 1], [1, 1], [0, 0], [1, 0], [1, 1]], dtype=np.float32)
BIT_LOGITS = inputs(4, 5, 2, scale=2)
BIT_PROBABILITIES = np.round(1 / (1 + np.exp(-BIT_LOGITS)), 3).astype(np.float32)
BIT_EXACT = np.array([[1, 0], [1, 1], [0, 0], [0, 1], [1, 0]], dtype=np.float32)
BIT_HUGE = np.array([[90, -90], [90, -90], [0, 0], [-1e4, 1e4], [30, 20]], dtype=np.float32)

TARGETS = inputs(5, 5, 2)
PREDICTIONS = inputs(6, 5, 2)
SAME = PREDICTIONS.copy()
SAME[0] = TARGETS[0]  # an error of exactly zero, where |e| has no derivative: JAX answers 1 for |0|'

CCE, SCCE, BCE = "CategoricalCrossentropy", "SparseCategoricalCrossentropy", "BinaryCrossentropy"
MSE, MAE = "MeanSquaredError", "MeanAbsoluteError"
CASES = [
    ("probabilities", CCE, {}, one_hot(LABELS, 3), PROBABILITIES),
    ("soft targets", CCE, {}, SOFT, PROBABILITIES),
    ("probabilities that do not sum to one", CCE, {}, one_hot(LABELS, 3), UNNORMALIZED),
    ("probabilities of exactly 0 and 1", CCE, {}, one_hot(LABELS, 3), EXACT),
    ("logits", CCE, {"from_logits": True}, one_hot(LABELS, 3), LOGITS),
    ("huge logits", CCE, {"from_logits": True}, one_hot(LABELS, 3), HUGE),
    ("smoothed", CCE, {"label_smoothing": 0.1}, one_hot(LABELS, 3), PROBABILITIES),
    ("smoothed logits", CCE, {"from_logits": True, "label_smoothing": 0.2}, SOFT, LOGITS),
    ("logits, rank 3", CCE, {"from_logits": True}, one_hot(SEQUENCE_LABELS, 4), SEQUENCE),
    ("probabilities, rank 3", CCE, {}, one_hot(SEQUENCE_LABELS, 4), softmax(SEQUENCE)),
    ("probabilities", SCCE, {}, LABELS, PROBABILITIES),
    ("labels of shape (n, 1)", SCCE, {}, LABELS[:, None], PROBABILITIES),
    ("probabilities that do not sum to one", SCCE, {}, LABELS, UNNORMALIZED),
    ("probabilities of exactly 0 and 1", SCCE, {}, LABELS, EXACT),
    ("logits", SCCE, {"from_logits": True}, LABELS, LOGITS),
    ("huge logits", SCCE, {"from_logits": True}, LABELS, HUGE),
    ("logits, rank 3", SCCE, {"from_logits": True}, SEQUENCE_LABELS, SEQUENCE),
    ("probabilities, rank 3", SCCE, {}, SEQUENCE_LABELS, softmax(SEQUENCE)),
    ("probabilities", BCE, {}, BITS, BIT_PROBABILITIES),
    ("one output", BCE, {}, BITS[:, :1], BIT_PROBABILITIES[:, :1]),
    ("probabilities of exactly 0 and 1", BCE, {}, BITS, BIT_EXACT),
    ("logits", BCE, {"from_logits": True}, BITS, BIT_LOGITS),
    ("huge logits", BCE, {"from_logits": True}, BITS, BIT_HUGE),
    ("smoothed", BCE, {"label_smoothing": 0.1}, BITS, BIT_PROBABILITIES),
    ("smoothed logits", BCE, {"from_logits": True, "label_smoothing": 0.2}, BITS, BIT_LOGITS),
    ("rank 2", MSE, {}, TARGETS, PREDICTIONS),
    ("rank 3", MSE, {}, inputs(70, 2, 3, 4), SEQUENCE),
    ("rank 2", MAE, {}, TARGETS, PREDICTIONS),
    ("zero errors", MAE, {}, TARGETS, SAME),
    ("rank 3", MAE, {}, inputs(70, 2, 3, 4), SEQUENCE),
]
REDUCTIONS = ["sum_over_batch_size", "sum", "mean_with_sample_weight"]
WEIGHTS = np.array([1, 0.5, 0, 2, 3], dtype=np.float32)


def case(name, loss, options, y_true, y_pred):
    make = getattr(keras.losses, loss)
    assert y_pred is SAME or loss != MAE or np.all(y_true != y_pred)
    weight = WEIGHTS[: len(y_pred)]

    def gradient(sample_weight):
        def value(p):
            return make(**options)(y_true, p, sample_weight=sample_weight)

        return tensor(jax.grad(value)(y_pred))

    def reduced(sample_weight):
        every = {r: make(**options, reduction=r) for r in REDUCTIONS}
        return {r: number(f(y_true, y_pred, sample_weight=sample_weight)) for r, f in every.items()}

    # Sample weights broadcast from the front: one per sample also when a sample has many values.
    spread = weight.reshape(-1, *[1] * (y_pred.ndim - 2))
    return {
        "name": name,
        "loss": loss,
        "options": options,
        "smooth": y_pred is not SAME,
        "yTrue": tensor(y_true),
        "yPred": tensor(y_pred),
        "perSample": tensor(make(**options, reduction=None)(y_true, y_pred)),
        "reduced": reduced(None),
        "gradient": gradient(None),
        "weighted": {
            "sampleWeight": tensor(spread),
            "reduced": reduced(spread),
            "gradient": gradient(spread),
        },
    }


write("losses", {"cases": [case(*row) for row in CASES]})
