#!/usr/bin/env bash
# Makes the goldens of test/golden/keras from real Keras. See README.md beside this file.
#   run.sh              writes them
#   run.sh --check      makes them elsewhere and compares; fails on a difference
#   run.sh --self-test  plants changes and fails unless the comparison notices each
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
goldens=$root/test/golden/keras
python=$root/.venv/bin/python
mode=${1:-write}
export KERAS_BACKEND=jax JAX_PLATFORMS=cpu JAX_DEFAULT_MATMUL_PRECISION=highest PYTHONDONTWRITEBYTECODE=1

prepare() {
  if cmp -s "$here/requirements.txt" "$root/.venv/requirements.txt"; then return; fi
  local base=${PYTHON:-python3}
  "$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "the oracles need Python 3.11 or newer; set PYTHON to one (found: $("$base" --version))" >&2
    exit 1
  }
  rm -rf "$root/.venv"
  "$base" -m venv "$root/.venv"
  "$python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$root/.venv/requirements.txt"
}

make_into() {
  for script in activations dense regularizers constraints initializers losses metrics optimizers \
    normalization dropout conv pooling training graphs callbacks summary; do
    echo "$script" >&2
    GOLDEN_FOLDER=$1 "$python" "$here/$script.py"
  done
}

case $mode in
  write)
    prepare
    mkdir -p "$goldens"
    make_into "$goldens"
    ;;
  --check)
    prepare
    made=$(mktemp -d)
    trap 'rm -rf "$made"' EXIT
    make_into "$made"
    "$python" "$here/compare.py" "$goldens" "$made"
    ;;
  --self-test)
    "${PYTHON:-python3}" "$here/compare.py" --self-test "$goldens"
    ;;
  *)
    echo "unknown: $mode (--check, --self-test, or nothing)" >&2
    exit 2
    ;;
esac
