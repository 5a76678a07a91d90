"""Compares two folders of goldens.

python compare.py COMMITTED MADE, or python compare.py --self-test COMMITTED (the control).
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

# |a - b| <= ABSOLUTE + RELATIVE * |a|: f32 sums differ in their last digits between processors.
ABSOLUTE = RELATIVE = 1e-6


def differences(committed, made, path):
    """Every place where two JSON values differ, as sentences."""
    numbers = (int, float)
    if isinstance(committed, bool) or isinstance(made, bool):
        return [] if committed is made else [f"{path}: {committed} became {made}"]
    if isinstance(committed, numbers) and isinstance(made, numbers):
        near = abs(committed - made) <= ABSOLUTE + RELATIVE * abs(committed)
        return [] if near else [f"{path}: {committed} became {made}"]
    if isinstance(committed, dict) and isinstance(made, dict):
        if list(committed) != list(made):
            return [f"{path}: keys {list(committed)} became {list(made)}"]
        return [d for key in committed for d in differences(committed[key], made[key], f"{path}.{key}")]
    if isinstance(committed, list) and isinstance(made, list):
        if len(committed) != len(made):
            return [f"{path}: {len(committed)} items became {len(made)}"]
        pairs = enumerate(zip(committed, made, strict=True))
        return [d for i, (a, b) in pairs for d in differences(a, b, f"{path}[{i}]")]
    return [] if committed == made else [f"{path}: {committed!r} became {made!r}"]


def folder_differences(committed, made):
    """Every difference between two folders of .json and .txt files."""
    names = [sorted(p.name for p in folder.iterdir()) for folder in (committed, made)]
    if names[0] != names[1]:
        return [f"files {names[0]} became {names[1]}"]
    found = []
    for name in names[0]:
        old, new = [(folder / name).read_text(encoding="utf-8") for folder in (committed, made)]
        if name.endswith(".json"):
            found += differences(json.loads(old), json.loads(new), name)
        elif old != new:
            found.append(f"{name}: the text changed")
    return found


def nudge(value):
    """A copy whose last number is off by a hundred thousandth, and whether there was one."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value + 1e-5 * max(1, abs(value)), True
    if isinstance(value, (dict, list)):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in reversed(keys):
            changed, found = nudge(value[key])
            if found:
                copy = value.copy()
                copy[key] = changed
                return copy, True
    return value, False


def damages(content):
    """Three ways to spoil a file's content: a number, a missing end, a key."""
    last = list(content)[-1]
    yield "a number off by 1e-5", nudge(content)[0]
    yield "a part left out", {key: value for key, value in content.items() if key != last}
    yield "a key renamed", {("x" + key if key == last else key): value for key, value in content.items()}


def self_test(committed):
    """The control: equal folders pass, and each damage to each file is noticed."""
    if folder_differences(committed, committed):
        return ["equal folders were called different"]
    missed = []
    for path in sorted(committed.iterdir()):
        if path.suffix == ".json":
            spoilt = [(why, json.dumps(value)) for why, value in damages(json.loads(path.read_text("utf-8")))]
        else:
            spoilt = [("a line added", path.read_text("utf-8") + "x\n")]
        for why, text in spoilt:
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(shutil.copytree(committed, Path(folder) / "copy"))
                (copy / path.name).write_text(text, encoding="utf-8")
                if not folder_differences(committed, copy):
                    missed.append(f"{path.name}: {why} was not noticed")
    return missed


def main(arguments):
    if arguments[0] == "--self-test":
        problems, good = self_test(Path(arguments[1])), "every planted change was noticed"
    else:
        problems, good = folder_differences(Path(arguments[0]), Path(arguments[1])), "the goldens are Keras's"
    for problem in problems[:40]:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{len(problems)} differences", file=sys.stderr)
        return 1
    print(good)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
