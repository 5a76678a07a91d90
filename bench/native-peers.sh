#!/bin/sh
# JAX and, where there is a CPU build of it, PyTorch, for the benchmark's native rows, in bench/.venv.
#   PYTHON=python3.11 bench/native-peers.sh
# PyTorch: `torch==VERSION+cpu` is taken where pip knows an index that has it (PIP_EXTRA_INDEX_URL), else the one that
# $PYTHON already has. The plain package for Linux on x86-64 carries 3 GB for GPUs and computes the same without one: it
# is taken when asked for,
#   TORCH=torch==2.9.1 bench/native-peers.sh
set -eu
cd "$(dirname "$0")"
python="${PYTHON:-python3}"
jax=0.10.2
torch=2.9.1

if ! command -v "$python" >/dev/null; then
  echo "native-peers: no $python here; name one in PYTHON" >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "native-peers: JAX $jax needs Python 3.11 or later; name one in PYTHON" >&2
  exit 1
fi

"$python" -m venv --system-site-packages .venv
.venv/bin/pip install --quiet --only-binary :all: "jax==$jax"
echo "native-peers: JAX $(.venv/bin/python -c 'import jax; print(jax.__version__)')"

wanted="torch==$torch+cpu"
# elsewhere the plain package is for the CPU
if [ "$(uname -sm)" != "Linux x86_64" ]; then wanted="torch==$torch"; fi
wanted="${TORCH:-$wanted}"
.venv/bin/pip install --quiet --only-binary :all: "$wanted" 2>/dev/null || true
if .venv/bin/python -c 'import torch' 2>/dev/null; then
  echo "native-peers: PyTorch $(.venv/bin/python -c 'import torch; print(torch.__version__)')"
else
  echo "native-peers: no CPU build of PyTorch $torch to be had here: its rows are left out"
fi
