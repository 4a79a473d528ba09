"""Run by `test_devices` in a process with four devices: prints what it finds as JSON, one name for each finding."""

import json
import random
import sys
from fractions import Fraction
from itertools import combinations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import sympy

import workbench as wb
from workbench.network import Network
from workbench.units import affine, output

N = 16
RNG = random.Random(0)


def polynomial():
    x = wb.inputs(N)
    return wb.PTF.from_expr(
        sympy.Add(*(RNG.randint(-9, 9) * sympy.prod(x[i] for i in m) for m in combinations(range(N), 3))) + 1, wb.Cube(N)
    )


def expression():
    x = wb.inputs(N)
    return sum((k + 1) * x[k] * x[k - 1] for k in range(N)) + sympy.Max(*x) - 3, x


def network(transfer):
    gates = [affine(f"g{k}", {f"x{j}": (k * j) % 5 - 2 for j in range(N)}, transfer="threshold") for k in range(8)]
    units = [affine(f"u{k}", {f"x{j}": (k + j) % 3 - 1 for j in range(N)}, k, transfer=transfer) for k in range(8)]
    units = [wb.Unit(**{**u.__dict__, "output_gates": (output(g.name),)}) for u, g in zip(units, gates, strict=True)]
    read = affine("f", {u.name: Fraction(1) for u in units}, 1)
    return Network.of([f"x{j}" for j in range(N)], [*gates, *units, read], ["f", "u3"])


def lowered():
    ptf, (expr, symbols) = polynomial(), expression()
    for dtype in ("int32", "int64", "float32", "float64"):
        yield f"sign {dtype}", wb.lower(ptf, dtype=dtype)
        yield f"polynomial {dtype}", wb.lower(ptf.poly, dtype=dtype)
        yield f"expression {dtype}", wb.lower(expr, symbols, dtype=dtype)
        yield f"network {dtype}", wb.lower(network("relu"), dtype=dtype)


def same(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and bool((np.asarray(a) == np.asarray(b)).all())


def compared(F, points):
    """Whether a sharded function agrees bit for bit, lies on four devices in order, and would be seen if its parts were swapped."""
    S = wb.shard(F)
    whole, parts = np.asarray(F(points)), S(points)
    shards = sorted(parts.addressable_shards, key=lambda s: s.index[0].start or 0)
    quarter = len(points) // 4
    rows = [np.array_equal(np.asarray(s.data), whole[k * quarter : (k + 1) * quarter]) for k, s in enumerate(shards)]
    swapped = jnp.concatenate([shards[1].data, *(jax.device_put(shards[k].data, shards[1].device) for k in (0, 2, 3))])
    return {
        "exact": bool(F.exact) and S.exact == F.exact and S.source is F.source,
        "equal": same(F(points), parts),
        "devices": len({s.device for s in shards}) if all(rows) else 0,
        "swapped": same(F(points), np.asarray(swapped)),
        "odd": all(same(F(points[:k]), S(points[:k])) for k in (0, 3)) and same(F(points[0]), S(points[0])),
        "grid": same(F(points[:15].reshape(3, 5, N)), S(points[:15].reshape(3, 5, N))),
        "two": same(F(points[:7]), wb.shard(F, jax.devices()[2:])(points[:7])),
    }


def mapped(F):
    """Whether transformations of a sharded function that add an axis give what they give of the function."""
    S, points = wb.shard(F), jnp.asarray(np.random.default_rng(2).integers(-3, 4, (3, 5, 3)), "float32")
    return {
        "vmap": same(jax.vmap(S)(points), F(points)),
        "jit of vmap": same(jax.jit(jax.vmap(S))(points), F(points)),
        "vmap of jit": same(jax.vmap(jax.jit(S))(points), F(points)),
        "slopes": same(*(jax.vmap(jax.grad(lambda p, f=f: f(p).sum()))(points) for f in (S, F))),
    }


def trained(net, call):
    """The losses of ten steps and the last slopes of a network whose points go through `call`."""
    rng = np.random.default_rng(0)
    points = jnp.asarray(rng.normal(size=(50, N)), net.dtype)
    wanted = jnp.asarray(rng.normal(size=(50, 2)), net.dtype)
    optimiser = optax.sgd(0.01)

    @eqx.filter_jit
    def step(net, state):
        loss, slopes = eqx.filter_value_and_grad(lambda n: jnp.mean((call(n)(points) - wanted) ** 2))(net)
        updates, state = optimiser.update(slopes, state)
        return eqx.apply_updates(net, updates), state, loss, slopes

    state, losses = optimiser.init(eqx.filter(net, eqx.is_array)), []
    for _ in range(10):
        net, state, loss, slopes = step(net, state)
        losses.append(float(loss))
    return losses, [np.asarray(a).tolist() for a in slopes.arrays]


def main():
    found = {"count": len(jax.devices()), "x64": bool(jax.config.jax_enable_x64)}
    points = 1 - 2 * (np.arange(1 << N)[:, None] >> np.arange(N) & 1)
    for name, F in lowered():
        found[name] = compared(F, points if name.startswith("sign") else points[:1024])
    dtype = "float64" if jax.config.jax_enable_x64 else "float32"
    net = wb.lower(network("tanh"), dtype=dtype).drawn(jax.random.key(1))
    found["training"] = trained(net, lambda n: n), trained(net, wb.shard)
    safe = wb.lower(sympy.log(sympy.Symbol("t")), [sympy.Symbol("t")], dtype="float32")
    slopes = jax.grad(lambda p: wb.shard(safe)(p).sum())(jnp.array([[1.0], [2.0], [4.0]], "float32"))
    found["slopes of padded points"] = np.asarray(slopes).ravel().tolist()
    placed = jax.device_put(jnp.array([[1.0], [2.0], [4.0]], "float32"), jax.devices()[1])
    found["slopes of placed points"] = np.asarray(jax.grad(lambda p: wb.shard(safe)(p).sum())(placed)).ravel().tolist()
    x = sympy.symbols("x:3", real=True)
    net = Network.of(["a", "b", "c"], [affine("f", {"a": 2, "b": -1, "c": 3}, 1, transfer="relu")], ["f"])
    found["vmap expression"] = mapped(wb.lower(x[0] * x[1] - 2 * x[2], x, dtype="float32"))
    found["vmap network"] = mapped(wb.lower(net, dtype="float32"))
    print(json.dumps(found))


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", sys.argv[1] == "x64")
    main()
