"""optimizers.json: five steps over two variables from one sequence of gradients."""

import keras
import numpy as np

from lib import inputs, one_of, tensor, write

START = [inputs(1, 2, 3), inputs(2, 3)]
GRADIENTS = [[inputs(10 * step + 3, 2, 3), inputs(10 * step + 4, 3)] for step in range(5)]
for step, (kernel, bias) in enumerate(GRADIENTS):
    kernel[0, 0] = 1e-6 * (step + 1)  # tells where epsilon is added
    kernel[1, 1] = 0  # no gradient: only decay and momentum move this one
    bias[0] *= 10

CASES = [
    {"class": "SGD"},
    {"class": "SGD", "learning_rate": 0.1, "momentum": 0.9},
    {"class": "SGD", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    {"class": "SGD", "learning_rate": 0.1, "weight_decay": 0.05},
    {"class": "SGD", "learning_rate": 0.1, "clipnorm": 1.0},
    {"class": "SGD", "learning_rate": 0.1, "clipvalue": 0.5},
    {"class": "SGD", "learning_rate": 0.1, "global_clipnorm": 1.0},
    {"class": "SGD", "learning_rate": 0.1, "momentum": 0.9, "clipnorm": 1.0, "weight_decay": 0.05},
    {"class": "RMSprop"},
    {"class": "RMSprop", "learning_rate": 0.01, "rho": 0.8, "epsilon": 1e-4},
    {"class": "RMSprop", "learning_rate": 0.01, "momentum": 0.9},
    {"class": "RMSprop", "learning_rate": 0.01, "centered": True},
    {"class": "RMSprop", "learning_rate": 0.01, "momentum": 0.5, "centered": True, "weight_decay": 0.05},
    {"class": "RMSprop", "learning_rate": 0.01, "clipvalue": 0.5},
    {"class": "Adam"},
    {"class": "Adam", "learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3},
    {"class": "Adam", "learning_rate": 0.01, "amsgrad": True},
    {"class": "Adam", "learning_rate": 0.01, "weight_decay": 0.05},
    {"class": "Adam", "learning_rate": 0.01, "clipnorm": 1.0},
    {"class": "Adam", "learning_rate": 0.01, "global_clipnorm": 1.0},
    {"class": "AdamW"},
    {"class": "AdamW", "learning_rate": 0.01, "weight_decay": 0.1},
    {"class": "AdamW", "learning_rate": 0.01, "weight_decay": 0.1, "amsgrad": True, "clipvalue": 0.5},
]


def case(spec):
    optimizer = one_of(keras.optimizers, spec)
    variables = [keras.Variable(value) for value in START]
    after = []
    for gradients in GRADIENTS:
        optimizer.apply(gradients, variables)
        after.append([tensor(np.asarray(v.value)) for v in variables])
    return {"optimizer": spec, "afterStep": after}


write(
    "optimizers",
    {
        "variables": [tensor(value) for value in START],
        "gradients": [[tensor(value) for value in step] for step in GRADIENTS],
        "cases": [case(spec) for spec in CASES],
    },
)
