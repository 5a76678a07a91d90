"""One library on one case: `native.py jax W1 2`. Spoken to by python.js.

First a line of JSON (shapes and Adam's constants) and the arrays' bytes, f32; then commands, a line each:
`run N` does N units of work, `proof` tells the number that workloads.js names, `rss` the peak memory in MiB.
Each answer is a line: {"value": ...}, {"error": "..."}, or {"absent": "..."} where the library is not installed.
"""

import json
import math
import os
import resource
import sys

LIBRARY, CASE, THREADS = sys.argv[1], sys.argv[2], int(sys.argv[3])


def pin(threads):
    """Keep to so many processors: XLA asks the system how many there are."""
    if not hasattr(os, "sched_setaffinity"):
        return
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < threads:
        raise RuntimeError(f"{threads} threads on {len(allowed)} processors")
    os.sched_setaffinity(0, allowed[:threads])


class Training:
    """A step that is taken again and again; what it keeps stays in it."""

    def __init__(self, step, number):
        self.step, self.number = step, number
        self.loss = math.nan

    def run(self, count):
        for _ in range(count):
            self.loss = self.step()
        self.loss = self.number(self.loss)

    def proof(self):
        return self.loss


class Calls:
    """A function from host memory to host memory, called again and again."""

    def __init__(self, call, of):
        self.call, self.of = call, of
        self.output = None

    def run(self, count):
        for _ in range(count):
            self.output = self.call()

    def proof(self):
        return float(self.of(self.output))


def split(case):
    """A case, and whether its data stays in the library's memory."""
    name = case.removesuffix("-resident")
    return name, name != case


def open_jax(case, given, adam):
    case, resident = split(case)
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax import lax

    values = [np.frombuffer(data, np.float32).reshape(shape) for shape, data in given]

    def dense(x, w, b):
        return jnp.dot(x, w) + b

    def mlp(p, x):
        return dense(jax.nn.relu(dense(jax.nn.relu(dense(x, p[0], p[1])), p[2], p[3])), p[4], p[5])

    def block(x, w, b):
        y = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return lax.reduce_window(
            jax.nn.relu(y + b), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID"
        )

    def cnn(p, x):
        pooled = block(block(x, p[0], p[1]), p[2], p[3])
        return dense(pooled.reshape(x.shape[0], -1), p[4], p[5])

    def training(model):
        *parameters, x, y = (jnp.asarray(v) for v in values)

        def loss_of(p):
            return -jnp.mean(jnp.sum(jax.nn.log_softmax(model(p, x)) * y, -1))

        def step(state):
            p, m, v, t = state
            loss, g = jax.value_and_grad(loss_of)(p)
            t = t + 1
            b1, b2 = adam["beta1"], adam["beta2"]
            rate = adam["learningRate"] * jnp.sqrt(1 - b2**t) / (1 - b1**t)
            m = [b1 * old + (1 - b1) * new for old, new in zip(m, g)]
            v = [b2 * old + (1 - b2) * new * new for old, new in zip(v, g)]
            p = [w - rate * a / (jnp.sqrt(s) + adam["epsilon"]) for w, a, s in zip(p, m, v)]
            return loss, (p, m, v, t)

        jitted = jax.jit(step, donate_argnums=0)
        zeros = [jnp.zeros_like(w) for w in parameters]
        kept = [(parameters, zeros, [jnp.zeros_like(w) for w in parameters], jnp.float32(0))]

        def once():
            loss, kept[0] = jitted(kept[0])
            return loss

        return Training(once, lambda loss: float(loss))

    def calls(f, inputs, of):
        jitted = jax.jit(f)
        if not resident:
            return Calls(lambda: np.array(jitted(*inputs)), of)
        kept = [jnp.asarray(v) for v in inputs]
        return Calls(lambda: jitted(*kept).block_until_ready(), lambda y: of(np.array(y)))

    mean_abs = lambda y: np.mean(np.abs(y), dtype=np.float64)
    if case in ("W1", "W4"):
        return training(mlp if case == "W1" else cnn)
    if case == "W5":
        f = lambda x: jnp.tanh(1.5 * x + 0.25) * jax.nn.sigmoid(x) + x
        return calls(f, values, lambda y: np.mean(y, dtype=np.float64))
    if case == "GEMM":
        return calls(jnp.matmul, values, mean_abs)
    weights = [jnp.asarray(w) for w in values[:-1]]
    jitted = jax.jit(mlp)
    return Calls(lambda: np.array(jitted(weights, values[-1])), mean_abs)


def open_torch(case, given, adam):
    case, _ = split(case)  # its tensors lie in its memory in any case
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(THREADS)
    values = [torch.frombuffer(data, dtype=torch.float32).reshape(shape) for shape, data in given]

    def mlp(p, x):
        hidden = torch.relu(torch.addmm(p[1], x, p[0]))
        return torch.addmm(p[5], torch.relu(torch.addmm(p[3], hidden, p[2])), p[4])

    def block(x, w, b):
        return F.max_pool2d(torch.relu(F.conv2d(x, w, b, padding=1)), 2)

    def cnn(p, x):
        pooled = block(block(x, p[0], p[1]), p[2], p[3])
        return torch.addmm(p[5], pooled.flatten(1), p[4])

    def channels_first():
        k1, b1, k2, b2, k3, b3, x, y = values
        side = x.shape[1] // 4
        rows = k3.reshape(side, side, -1, k3.shape[1]).permute(2, 0, 1, 3).reshape(k3.shape)
        kernels = [k.permute(3, 2, 0, 1).contiguous() for k in (k1, k2)]
        return [kernels[0], b1, kernels[1], b2, rows.contiguous(), b3], x.permute(0, 3, 1, 2).contiguous(), y

    def training(model, parameters, x, y):
        parameters = [w.clone().requires_grad_(True) for w in parameters]
        optimizer = torch.optim.Adam(
            parameters, adam["learningRate"], (adam["beta1"], adam["beta2"]), adam["epsilon"]
        )
        classes = y.argmax(1)

        def once():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(parameters, x), classes)
            loss.backward()
            optimizer.step()
            return loss.detach()

        return Training(once, lambda loss: loss.item())

    def calls(f, of):
        def call():
            with torch.inference_mode():
                return f()

        return Calls(call, of)

    mean_abs = lambda y: y.abs().double().mean().item()
    if case == "W1":
        return training(mlp, values[:-2], *values[-2:])
    if case == "W4":
        return training(cnn, *channels_first())
    if case == "W5":
        x = values[0]
        return calls(
            lambda: torch.tanh(1.5 * x + 0.25) * torch.sigmoid(x) + x, lambda y: y.double().mean().item()
        )
    if case == "GEMM":
        return calls(lambda: values[0] @ values[1], mean_abs)
    return calls(lambda: mlp(values, values[-1]), mean_abs)


def read_arrays(stream, shapes):
    """The arrays of these shapes, each `(shape, bytes)`, in memory that may be written."""
    return [(shape, bytearray(stream.read(4 * math.prod(shape)))) for shape in shapes]


def tell(**message):
    print(json.dumps(message), flush=True)


def main():
    stream = sys.stdin.buffer
    adam = json.loads(stream.readline())
    given = read_arrays(stream, adam["shapes"])
    try:
        pin(THREADS)
        runner = {"jax": open_jax, "torch": open_torch}[LIBRARY](CASE, given, adam)
    except ImportError as error:
        return tell(absent=str(error))
    tell(value="ready")
    for line in stream:
        command, *rest = line.decode().split()
        if command == "run":
            runner.run(int(rest[0]))
            tell(value=None)
        elif command == "proof":
            tell(value=runner.proof())
        elif command == "rss":
            scale = 2**20 if sys.platform == "darwin" else 2**10
            tell(value=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale)


try:
    main()
except Exception as error:
    tell(error=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    sys.exit(1)
