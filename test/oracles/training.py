"""training.json: whole trainings from given weights and data, unshuffled, as `fit` reports them."""

import keras

from lib import inputs, number, one_of, tensor, tensors, write
from models import FEATURES, MODELS

BUILDERS = {"_regularizer": keras.regularizers, "_constraint": keras.constraints}


def layer_of(spec):
    """The Keras layer that a description names."""
    arguments = {}
    for key, value in spec.items():
        module = next((m for ending, m in BUILDERS.items() if key.endswith(ending)), None)
        arguments[key] = one_of(module, value) if module else value
    return one_of(keras.layers, arguments)


def name_of(weight):
    """'layer/weight', without the model's own name."""
    return "/".join(weight.path.split("/")[-2:])


def weights_of(model):
    return {name_of(w): w.numpy() for w in model.weights}


def set_given_weights(model, seed):
    """Weights of two decimals; moving averages keep their start."""
    for i, weight in enumerate(model.trainable_weights):
        around = 1 if weight.name == "gamma" else 0
        weight.assign(inputs(seed + i, *weight.shape, scale=0.4) + around)


class AfterFirstEpoch(keras.callbacks.Callback):
    """Keeps the weights as they are when the first epoch ends."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            # A JAX trainer holds the weights in its own state until it is told to give them back.
            self.model.jax_state_sync()
            self.weights = weights_of(self.model)


def optional_arguments(spec, data):
    """What only some of the models hand to fit."""
    rest = {}
    if "sampleWeight" in data:
        rest["sample_weight"] = data["sampleWeight"]
    if "classWeight" in spec:
        rest["class_weight"] = {int(label): weight for label, weight in spec["classWeight"].items()}
    if "validationX" in data:
        weight = [data["validationWeight"]] if "validationWeight" in data else []
        rest["validation_data"] = (data["validationX"], data["validationY"], *weight)
    return rest


def case(seed, spec):
    data = spec["data"]
    model = keras.Sequential([keras.Input((FEATURES,)), *[layer_of(layer) for layer in spec["layers"]]])
    set_given_weights(model, seed)
    initial = weights_of(model)
    model.compile(
        optimizer=one_of(keras.optimizers, spec["optimizer"]),
        loss=one_of(keras.losses, spec["loss"]),
        metrics=spec["metrics"],
        weighted_metrics=spec.get("weightedMetrics"),
    )
    first = AfterFirstEpoch()
    arguments = {**spec["fit"], **optional_arguments(spec, data)}
    history = model.fit(
        data["x"], data["y"], shuffle=False, verbose=0, callbacks=[first], **arguments
    ).history
    size = spec["fit"]["batch_size"]
    evaluated = model.evaluate(data["x"], data["y"], batch_size=size, verbose=0, return_dict=True)
    weighted = None
    if "sampleWeight" in data:
        weighted = model.evaluate(
            data["x"],
            data["y"],
            batch_size=size,
            verbose=0,
            return_dict=True,
            sample_weight=data["sampleWeight"],
        )
    return {
        **{key: value for key, value in spec.items() if key != "data"},
        "data": tensors(data),
        "weights": {
            "initial": tensors(initial),
            "afterFirstEpoch": tensors(first.weights),
            "final": tensors(weights_of(model)),
        },
        "history": {key: [number(v) for v in values] for key, values in history.items()},
        "evaluate": {key: number(v) for key, v in evaluated.items()},
        "evaluateWeighted": weighted and {key: number(v) for key, v in weighted.items()},
        "predict": tensor(model.predict(data["x"], batch_size=size, verbose=0)),
    }


write("training", {"cases": [case(1000 + 100 * i, spec) for i, spec in enumerate(MODELS)]})
