"""The small models whose training training.json records, as data: TypeScript reads the same description."""

import numpy as np

from lib import inputs

SAMPLES, FEATURES, CLASSES = 20, 4, 3

X = inputs(1, SAMPLES, FEATURES)
LABELS = np.argmax(X[:, :CLASSES] + 0.5 * X[:, 1:], axis=-1).astype(np.int32)
HOT = np.eye(CLASSES, dtype=np.float32)[LABELS]
BITS = (X[:, :1] + X[:, 1:2] * X[:, 2:3] > 0).astype(np.float32)
REAL = np.round(np.stack([X[:, 0] - X[:, 1], X[:, 2] * X[:, 3]], axis=-1), 2).astype(np.float32)
SAMPLE_WEIGHT = np.round(np.linspace(0.1, 2.0, SAMPLES), 2).astype(np.float32)
VALIDATION_X = inputs(2, 7, FEATURES)
VALIDATION_BITS = (VALIDATION_X[:, :1] > 0).astype(np.float32)
VALIDATION_WEIGHT = np.round(np.linspace(0.1, 2.0, len(VALIDATION_X)), 2).astype(np.float32)


def dense(name, units, activation=None, **rest):
    return {"class": "Dense", "name": name, "units": units, "activation": activation, **rest}


HIDDEN = dense("hidden", 8, "relu")
SOFTMAX = dense("out", CLASSES, "softmax")
FIT = {"batch_size": 8, "epochs": 3}

MODELS = [
    {
        "name": "categorical, Adam, partial last batch",
        "layers": [HIDDEN, SOFTMAX],
        "loss": {"class": "CategoricalCrossentropy"},
        "optimizer": {"class": "Adam", "learning_rate": 0.01},
        "metrics": ["accuracy"],
        "fit": FIT,
        "data": {"x": X, "y": HOT},
    },
    {
        "name": "defaults of Adam, one step an epoch, longer",
        "layers": [HIDDEN, SOFTMAX],
        "loss": {"class": "CategoricalCrossentropy"},
        "optimizer": {"class": "Adam"},
        "metrics": ["accuracy"],
        "fit": {"batch_size": 32, "epochs": 20},
        "data": {"x": X, "y": HOT},
    },
    {
        "name": "l2, batch normalization, RMSprop, validation split",
        "layers": [
            {**HIDDEN, "kernel_regularizer": {"class": "L2", "l2": 0.01}},
            {"class": "BatchNormalization", "name": "norm", "momentum": 0.9},
            SOFTMAX,
        ],
        "loss": {"class": "SparseCategoricalCrossentropy"},
        "optimizer": {"class": "RMSprop", "learning_rate": 0.01},
        "metrics": ["accuracy"],
        "fit": {**FIT, "validation_split": 0.25},
        "data": {"x": X, "y": LABELS},
    },
    {
        "name": "normalization before the activation, SGD momentum",
        "layers": [
            dense("hidden", 8),
            {"class": "BatchNormalization", "name": "norm"},
            {"class": "Activation", "name": "relu", "activation": "relu"},
            SOFTMAX,
        ],
        "loss": {"class": "CategoricalCrossentropy"},
        # Not Adam: the gradient of a bias before a normalization is zero, and Adam would magnify its rounding.
        "optimizer": {"class": "SGD", "learning_rate": 0.1, "momentum": 0.9},
        "metrics": ["accuracy"],
        "fit": FIT,
        "data": {"x": X, "y": HOT},
    },
    {
        "name": "sample weights, SGD nesterov",
        "layers": [HIDDEN, SOFTMAX],
        "loss": {"class": "CategoricalCrossentropy"},
        "optimizer": {"class": "SGD", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        "metrics": ["accuracy"],
        "weightedMetrics": ["categorical_accuracy"],
        "fit": FIT,
        "data": {"x": X, "y": HOT, "sampleWeight": SAMPLE_WEIGHT},
    },
    {
        "name": "sample weights with a validation split",
        "layers": [HIDDEN, SOFTMAX],
        "loss": {"class": "CategoricalCrossentropy"},
        "optimizer": {"class": "SGD", "learning_rate": 0.1},
        "metrics": ["accuracy"],
        "fit": {**FIT, "validation_split": 0.25},
        "data": {"x": X, "y": HOT, "sampleWeight": SAMPLE_WEIGHT},
    },
    {
        "name": "class weights, binary, SGD momentum, validation data",
        "layers": [dense("hidden", 5, "tanh"), dense("out", 1, "sigmoid")],
        "loss": {"class": "BinaryCrossentropy"},
        "optimizer": {"class": "SGD", "learning_rate": 0.1, "momentum": 0.9},
        "metrics": ["accuracy"],
        "fit": FIT,
        "classWeight": {"0": 0.5, "1": 2.0},
        "data": {"x": X, "y": BITS, "validationX": VALIDATION_X, "validationY": VALIDATION_BITS},
    },
    {
        "name": "class weights, one-hot targets",
        "layers": [HIDDEN, SOFTMAX],
        "loss": {"class": "CategoricalCrossentropy"},
        "optimizer": {"class": "SGD", "learning_rate": 0.1},
        "metrics": ["accuracy"],
        "fit": FIT,
        "classWeight": {"0": 0.5, "1": 2.0, "2": 1.25},
        "data": {"x": X, "y": HOT},
    },
    {
        "name": "every penalty, a constraint, smoothed logits, AdamW with clipping",
        "layers": [
            dense(
                "hidden",
                8,
                "gelu",
                kernel_regularizer={"class": "L1L2", "l1": 0.001, "l2": 0.01},
                bias_regularizer={"class": "L2", "l2": 0.02},
                activity_regularizer={"class": "L1", "l1": 0.01},
                kernel_constraint={"class": "MaxNorm", "max_value": 0.9},
            ),
            dense("out", CLASSES),
        ],
        "loss": {"class": "CategoricalCrossentropy", "from_logits": True, "label_smoothing": 0.1},
        "optimizer": {"class": "AdamW", "learning_rate": 0.02, "weight_decay": 0.05, "global_clipnorm": 0.5},
        "metrics": ["accuracy"],
        "fit": FIT,
        "data": {"x": X, "y": HOT},
    },
    {
        "name": "regression, layer normalization, centered RMSprop",
        "layers": [
            dense("hidden", 6, "silu"),
            {"class": "LayerNormalization", "name": "norm"},
            dense("out", 2),
        ],
        "loss": {"class": "MeanSquaredError"},
        "optimizer": {"class": "RMSprop", "learning_rate": 0.01, "momentum": 0.5, "centered": True},
        "metrics": [],
        "fit": FIT,
        "data": {"x": X, "y": REAL},
    },
    {
        "name": "regression on absolute errors, no bias, unit norm",
        "layers": [
            dense("hidden", 6, "elu", use_bias=False, kernel_constraint={"class": "UnitNorm"}),
            dense("out", 2),
        ],
        "loss": {"class": "MeanAbsoluteError"},
        "optimizer": {"class": "SGD", "learning_rate": 0.05, "clipvalue": 0.5},
        "metrics": [],
        "fit": FIT,
        "data": {"x": X, "y": REAL},
    },
    {
        "name": "sample weights of the validation data only, weighted metrics",
        "layers": [dense("hidden", 5, "tanh"), dense("out", 1, "sigmoid")],
        "loss": {"class": "BinaryCrossentropy"},
        "optimizer": {"class": "SGD", "learning_rate": 0.1},
        "metrics": ["accuracy"],
        "weightedMetrics": ["binary_accuracy"],
        "fit": FIT,
        "data": {
            "x": X,
            "y": BITS,
            "validationX": VALIDATION_X,
            "validationY": VALIDATION_BITS,
            "validationWeight": VALIDATION_WEIGHT,
        },
    },
]
