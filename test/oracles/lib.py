"""What every oracle shares: fixed inputs, tensors as JSON, and a JSON printer that people can read."""

import json
import os
from pathlib import Path

import jax
import keras
import numpy as np

WIDTH = 110


def inputs(seed, *shape, scale=1.0):
    """Normal numbers of two decimals: short in the file, and equal in every language that reads them as f32.

    None is zero, where |w| and its like have no derivative.
    """
    drawn = np.round(np.random.default_rng(seed).normal(size=shape) * scale, 2)
    return np.where(drawn == 0, 0.01, drawn).astype(np.float32)


def decimal(x):
    """The shortest decimal that rounds to this f32 (nine digits at most), as JSON prints it."""
    short = float(str(np.float32(x)))
    return int(short) if short == int(short) and abs(short) < 1e6 else short


def tensor(value):
    """{shape, data}, row-major."""
    array = np.asarray(value)
    is_float = np.issubdtype(array.dtype, np.floating)
    return {"shape": list(array.shape), "data": [decimal(x) if is_float else int(x) for x in array.ravel()]}


def number(value):
    """A scalar result, as `tensor` prints it."""
    return tensor(np.asarray(value).reshape(()))["data"][0]


def tensors(values):
    """A dictionary of arrays as a dictionary of tensors."""
    return {name: tensor(value) for name, value in values.items()}


def one_of(module, spec):
    """Builds a Keras object from {"class": name, ...arguments}; None stays None."""
    if spec is None:
        return None
    arguments = {key: value for key, value in spec.items() if key != "class"}
    return getattr(module, spec["class"])(**arguments)


def pretty(value, indent=0):
    """JSON where whatever fits on a line, and every list of plain numbers, is on one line."""
    flat = json.dumps(value, allow_nan=False)
    is_leaf = not isinstance(value, (dict, list)) or not value
    is_tensor = isinstance(value, dict) and set(value) == {"shape", "data"}
    is_plain = isinstance(value, list) and not any(isinstance(x, (dict, list)) for x in value)
    if is_leaf or is_tensor or is_plain or indent + len(flat) <= WIDTH:
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        rows = [f"{pad}{json.dumps(key)}: {pretty(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    rows = [pad + pretty(item, indent + 1) for item in value]
    return "[\n" + ",\n".join(rows) + "\n" + " " * indent + "]"


def write(topic, content):
    """Writes `topic`.json into the folder that run.sh names."""
    made = {"topic": topic, "keras": keras.__version__, "jax": jax.__version__}
    path = Path(os.environ["GOLDEN_FOLDER"]) / f"{topic}.json"
    path.write_text(pretty({"made": made, **content}) + "\n", encoding="utf-8")
