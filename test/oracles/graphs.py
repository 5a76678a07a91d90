"""graphs.json: trainings of a functional model of two inputs and two outputs, as `fit` reports them."""

import keras
import numpy as np

from lib import inputs, number, one_of, tensor, tensors, write

SAMPLES = 20
IMG, META = inputs(11, SAMPLES, 4), inputs(12, SAMPLES, 2)
LABELS = np.argmax(IMG[:, :3] + META[:, :1], axis=-1).astype(np.int32)
HOT = np.eye(3, dtype=np.float32)[LABELS]
BOX = np.round(np.stack([IMG[:, 0] - META[:, 0], META[:, 1]], axis=-1), 2).astype(np.float32)
SAMPLE_WEIGHT = np.round(np.linspace(0.1, 2.0, SAMPLES), 2).astype(np.float32)
HELD = {"x": {"img": inputs(13, 7, 4), "meta": inputs(14, 7, 2)}}
HELD["y"] = {"cls": np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2, 0]], "box": inputs(15, 7, 2)}

FIT = {"batch_size": 8, "epochs": 3}
SPECS = [
    {
        "name": "a loss for each output, Adam, partial last batch",
        "loss": {"cls": {"class": "CategoricalCrossentropy"}, "box": {"class": "MeanSquaredError"}},
        "optimizer": {"class": "Adam", "learning_rate": 0.01},
        "metrics": {"cls": ["accuracy"]},
        "fit": FIT,
    },
    {
        "name": "loss weights, sparse labels, validation split, SGD momentum",
        "loss": {"cls": {"class": "SparseCategoricalCrossentropy"}, "box": {"class": "MeanAbsoluteError"}},
        "lossWeights": {"cls": 0.5, "box": 2.0},
        "optimizer": {"class": "SGD", "learning_rate": 0.05, "momentum": 0.9},
        "metrics": {"cls": ["accuracy"]},
        "fit": {**FIT, "validation_split": 0.25},
    },
    {
        "name": "one loss for all, sample weights, RMSprop",
        "loss": {"class": "MeanSquaredError"},
        "optimizer": {"class": "RMSprop", "learning_rate": 0.01},
        "metrics": {},
        "weightedMetrics": {"cls": ["categorical_accuracy"]},
        "fit": FIT,
        "sampleWeight": SAMPLE_WEIGHT,
    },
    {
        "name": "validation data, SGD",
        "loss": {"cls": {"class": "CategoricalCrossentropy"}, "box": {"class": "MeanSquaredError"}},
        "optimizer": {"class": "SGD", "learning_rate": 0.1},
        "metrics": {"cls": ["accuracy"]},
        "fit": FIT,
        "held": HELD,
    },
    {
        "name": "sample weights for each output, SGD",
        "loss": {"cls": {"class": "CategoricalCrossentropy"}, "box": {"class": "MeanSquaredError"}},
        "optimizer": {"class": "SGD", "learning_rate": 0.1},
        "metrics": {"cls": ["accuracy"]},
        "weightedMetrics": {"cls": ["categorical_accuracy"]},
        "fit": FIT,
        "sampleWeight": {"cls": SAMPLE_WEIGHT, "box": SAMPLE_WEIGHT[::-1].copy()},
    },
]


def model_of():
    """img -> hidden, joined with meta; a head for the class and one for the place."""
    img, meta = keras.Input((4,), name="img"), keras.Input((2,), name="meta")
    penalty = keras.regularizers.L2(0.01)
    hidden = keras.layers.Dense(5, activation="tanh", name="hidden", kernel_regularizer=penalty)
    joined = keras.layers.Concatenate()([hidden(img), meta])
    cls = keras.layers.Dense(3, activation="softmax", name="class")(joined)
    box = keras.layers.Dense(2, name="place")(joined)
    return keras.Model({"img": img, "meta": meta}, {"cls": cls, "box": box})


def weights_of(model):
    return {"/".join(w.path.split("/")[-2:]): w.numpy() for w in model.weights}


def losses_of(spec):
    if "class" in spec:
        return one_of(keras.losses, spec)
    return {name: one_of(keras.losses, loss) for name, loss in spec.items()}


def case(seed, spec):
    model = model_of()
    for i, weight in enumerate(model.trainable_weights):
        weight.assign(inputs(seed + i, *weight.shape, scale=0.4))
    initial = weights_of(model)
    sparse = "Sparse" in spec["loss"].get("cls", {}).get("class", "")
    x, y = {"img": IMG, "meta": META}, {"cls": LABELS if sparse else HOT, "box": BOX}
    model.compile(
        optimizer=one_of(keras.optimizers, spec["optimizer"]),
        loss=losses_of(spec["loss"]),
        loss_weights=spec.get("lossWeights"),
        metrics=spec["metrics"],
        weighted_metrics=spec.get("weightedMetrics"),
    )
    weight = {"sample_weight": spec["sampleWeight"]} if "sampleWeight" in spec else {}
    held = {"validation_data": (spec["held"]["x"], spec["held"]["y"])} if "held" in spec else {}
    history = model.fit(x, y, shuffle=False, verbose=0, **spec["fit"], **weight, **held).history
    size = spec["fit"]["batch_size"]
    evaluated = model.evaluate(x, y, batch_size=size, verbose=0, return_dict=True, **weight)
    data = {"x": tensors(x), "y": tensors(y)}
    if "sampleWeight" in spec:
        given = spec["sampleWeight"]
        data["sampleWeight"] = tensors(given) if isinstance(given, dict) else tensor(given)
    if "held" in spec:
        data["held"] = {part: tensors(values) for part, values in spec["held"].items()}
    return {
        **{key: value for key, value in spec.items() if key not in ("held", "sampleWeight")},
        "data": data,
        "weights": {"initial": tensors(initial), "final": tensors(weights_of(model))},
        "history": {key: [number(v) for v in values] for key, values in history.items()},
        "evaluate": {key: number(v) for key, v in evaluated.items()},
        "predict": tensors(model.predict(x, batch_size=size, verbose=0)),
    }


write("graphs", {"cases": [case(2000 + 100 * i, spec) for i, spec in enumerate(SPECS)]})
