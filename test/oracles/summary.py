"""summary.txt: the table that model.summary() prints for the digits model."""

import os
from pathlib import Path

import keras

layers = keras.layers
model = keras.Sequential(
    [
        keras.Input((784,)),
        layers.Dense(256, activation="relu", name="dense"),
        layers.BatchNormalization(name="batch_normalization"),
        layers.Dropout(0.2, name="dropout"),
        layers.Dense(10, activation="softmax", name="dense_1"),
    ],
    name="sequential",
)
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.optimizer.build(model.trainable_variables)
lines = []
model.summary(line_length=80, print_fn=lambda text, line_break=False: lines.append(text))
text = "\n".join(line.rstrip() for line in "\n".join(lines).splitlines())
(Path(os.environ["GOLDEN_FOLDER"]) / "summary.txt").write_text(text + "\n", encoding="utf-8")
