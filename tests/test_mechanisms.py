"""Each mechanism as an expression, a network and a JAX function: they agree with each other and with plain loops."""

from fractions import Fraction
from functools import cache, partial
from random import Random

import jax
import jax.numpy as jnp
import mechanism_oracles as plain
import numpy as np
import pytest
import sympy

from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.precision import scope
from workbench.mechanisms import HOMES, features, mechanism
from workbench.mechanisms.neighbourhoods import Neighbourhood, grid, line, window

CLOSE = 1e-12  # of outputs below 10
RELU = plain.each(lambda x: max(0.0, x) + 0.1)
LINEAR = plain.each(lambda x: x + 0.0)
ROWS = {  # name, options, the same in plain loops, and whether the values are rational
    "softmax": ("softmax", {}, plain.softmax, False),
    "sink": ("softmax-with-sink", {"logit": Fraction(1, 2)}, partial(plain.sink, logit=0.5), False),
    "top-n": ("top-n", {}, plain.top_n, False),
    "top-n renormalised": ("top-n", {"renormalised": True, "most": 1}, partial(plain.top_n, renormalised=True, most=1), False),
    "top-n by contribution": ("top-n", {"ranking": "contr"}, partial(plain.top_n, ranking="contr"), False),
    "value-softmax": ("value-softmax", {}, plain.value_softmax, False),
    "linear": ("linear", {}, plain.linear, False),
    "linear by pairs": ("linear", {"order": "quadratic", "features": "relu"}, partial(plain.hadamard, map_=RELU, factors=1), True),
    "linearised": ("linearised", {}, plain.linearised, True),
    "linearised by features": ("linearised", {"order": "feature"}, plain.linearised, True),
    "hadamard": ("hadamard", {}, partial(plain.hadamard, map_=RELU), True),
    "hadamard shared, sequential": (
        "hadamard",
        {"projections": "shared", "order": "sequential"},
        partial(plain.hadamard, map_=RELU, shared=True),
        True,
    ),
    "hadamard of three, kronecker": (
        "hadamard",
        {"factors": 3, "order": "kronecker", "projections": "shared"},
        partial(plain.hadamard, map_=RELU, factors=3, shared=True),
        True,
    ),
    "hadamard affine": ("hadamard", {"features": "affine"}, partial(plain.hadamard, map_=plain.affine_features(2)), False),
    "krause": ("krause", {"sigma": Fraction(3, 2)}, partial(plain.krause, sigma=1.5), False),
    "krause nearest": ("krause", {"most": 2}, partial(plain.krause, most=2), False),
    "krause expanded": ("krause", {"order": "expanded"}, plain.krause, False),
    "krause masked": ("krause", {"pairs": "all", "most": 2}, partial(plain.krause, most=2), False),
    "krause beside softmax": ("krause-softmax", {}, plain.krause_softmax, False),
    "krause near, beside softmax": (
        "krause-softmax",
        {"window": 2, "sigma": 2, "bias": 0, "order": "expanded"},
        partial(plain.krause_softmax, window=2, sigma=2.0, ratio=1.0),
        False,
    ),
    "hadamard of values": (
        "hadamard",
        {"values": "factors", "order": "sequential"},
        partial(plain.hadamard, map_=RELU, many_values=2),
        True,
    ),
    "synchronization": ("synchronization", {"coupling": 3}, partial(plain.synchronization, coupling=3.0), False),
    "synchronization nearest": (
        "synchronization",
        {"order": "expanded", "most": 1, "coupling": 9, "alpha": Fraction(1, 9)},
        partial(plain.synchronization, coupling=9.0, alpha=1 / 9, most=1),
        False,
    ),
    "synchronization as printed": (
        "synchronization",
        {"form": "root", "coupling": 3},
        partial(plain.synchronization, coupling=3.0),
        False,
    ),
    "synchronization clamped": (
        "synchronization",
        {"form": "clamped", "coupling": 3, "epsilon": Fraction(1, 10)},
        partial(plain.synchronization, coupling=3.0, epsilon=0.1, clamped=True),
        False,
    ),
    "affine-scaled": ("affine-scaled", {}, plain.affine_scaled, False),
    "affine-scaled full": (
        "affine-scaled",
        {"keys": "full", "order": "output", "average": Fraction(3, 4)},
        partial(plain.affine_scaled, convention="full", average=0.75),
        False,
    ),
    "affine-scaled all": (
        "affine-scaled",
        {"keys": "all", "scale": "sigmoid"},
        partial(plain.affine_scaled, convention="all", scale="sigmoid"),
        False,
    ),
    "affine-scaled deviation": ("affine-scaled", {"order": "deviation"}, plain.affine_scaled, False),
    "glu": ("glu", {}, plain.glu, False),
    "reglu": ("glu", {"kind": "reglu"}, partial(plain.glu, gate=lambda b: max(0.0, b)), True),
    "bilinear": ("glu", {"kind": "bilinear"}, partial(plain.glu, gate=lambda b: b), True),
    "geglu": ("glu", {"kind": "geglu"}, partial(plain.glu, gate=plain.gelu), False),
    "swiglu": ("glu", {"kind": "swiglu"}, partial(plain.glu, gate=lambda b: b * plain.logistic(b)), False),
    "lstm": ("lstm", {}, plain.lstm, False),
    "gru": ("gru", {}, plain.gru, False),
    "squeeze-excitation": ("squeeze-excitation", {}, plain.squeeze_excitation, False),
    "hypernetwork": ("hypernetwork", {}, plain.hypernetwork, True),
    "fast-weights": ("fast-weights", {}, plain.fast_weights, True),
}
MASK = ((True, False, True), (False, False, False), (True, True, False))
WAYS = {"open": {}, "causal": {"causal": True}, "masked": {"mask": MASK}}


@cache
def built(row):
    name, options, _, _ = ROWS[row]
    return mechanism(name, **options)


def ways(row):
    return list(WAYS) if built(row).masked else ["open"]


EVERY = [pytest.param(row, way, id=f"{row}, {way}") for row in ROWS for way in ways(row)]
ONE_WAY = {row: ways(row)[k % len(ways(row))] for k, row in enumerate(ROWS)}  # in the default run, in turn


def small(row):
    return (3, 1, 1) if row.startswith("synchronization") else (3, 2, 2)


def letters(row):
    return dict(zip(("n", "d", "dv"), small(row), strict=True))


@cache
def forms(row, way):
    return tuple(built(row).expression(*small(row), **WAYS[way])), built(row).network(*small(row), **WAYS[way])


@cache
def network_exprs(row, way):
    return forms(row, way)[1].as_expr()


def tensors(row):
    return (*built(row).inputs, *built(row).weights)


def names(row):
    """The names of all numbers, inputs first."""
    return [[name for line in t.names(letters(row)) for name in line] for t in tensors(row)]


def instance(row, seed):
    """Small rational numbers by tensor: some equal, some 0, all short in binary, so that scores that tie, tie in floats as well."""
    random = Random(f"{row} {seed}")
    return [[Fraction(random.randint(-4, 4), random.choice((1, 2, 4))) for _ in entries] for entries in names(row)]


def shaped(row, values, kind=float):
    """The numbers of an instance as one nested list for each tensor."""
    lists = []
    for tensor, flat in zip(tensors(row), values, strict=True):
        width = tensor.sizes(letters(row))[1] if len(tensor.shape) == 2 else 0
        numbers = [kind(x) for x in flat]
        lists.append([numbers[i : i + width] for i in range(0, len(numbers), width)] if width else numbers)
    return lists


def exact_values(row, way, values):
    """The outputs of the expression and of the network at an instance, exact."""
    exprs, network = forms(row, way)
    table = {
        sympy.Symbol(name, real=True): sympy.Rational(x.numerator, x.denominator)
        for entries, flat in zip(names(row), values, strict=True)
        for name, x in zip(entries, flat, strict=True)
    }
    count = len(built(row).inputs)
    point = [x for flat in values[:count] for x in flat]
    held = {s: x for s, x in table.items() if str(s) not in network.inputs}
    at_point = [e.xreplace(table) for e in exprs]
    if row.startswith("synchronization"):  # SymPy refuses some signs inside its ReLU; in expressions they are written as Max
        return at_point, [e.xreplace(table) for e in network_exprs(row, way)]
    return at_point, network.substitute(held).at(point)


def opened(way, n=3):
    mask = WAYS[way].get("mask")
    return [[j for j in range(n) if (mask is None or mask[i][j]) and (way != "causal" or j <= i)] for i in range(n)]


def function(row, way):
    """The JAX form of arrays, as a function of all tensors."""
    count = len(built(row).inputs)
    given = {k: jnp.array(v) if k == "mask" else v for k, v in WAYS[way].items()}

    def call(*arrays):
        learned = {t.name: a for t, a in zip(built(row).weights, arrays[count:], strict=True)}
        return built(row).apply(*arrays[:count], **given, **learned)

    return call


@cache
def compiled(row, way):
    """Outputs and gradients of the sum of their squares, under jit, vmap and grad."""

    def loss(arrays):
        out = function(row, way)(*arrays)
        return jnp.square(out).sum(), out

    return jax.jit(jax.vmap(jax.value_and_grad(loss, has_aux=True)))


def by_jax(row, way, instances):
    stacked = [np.array(column) for column in zip(*(shaped(row, values) for values in instances), strict=True)]
    with scope("float64"):
        (_, out), gradients = compiled(row, way)(tuple(map(jnp.asarray, stacked)))
        return np.asarray(out).reshape(len(instances), -1), [np.asarray(g) for g in gradients]


def compare(row, way, seeds):
    instances = [instance(row, seed) for seed in seeds]
    out, gradients = by_jax(row, way, instances)
    assert all(np.isfinite(g).all() for g in gradients)
    _, _, oracle, rational = ROWS[row]
    count = len(built(row).inputs)
    for k, values in enumerate(instances):
        by_expression, by_network = exact_values(row, way, values)
        arrays = shaped(row, values)
        learned = dict(zip((t.name for t in built(row).weights), arrays[count:], strict=True))
        loops = [x for line in oracle(*arrays[:count], keys=opened(way), **learned) for x in line]
        if rational:
            assert [Fraction(int(e.p), int(e.q)) for e in by_expression] == [Fraction(x) for x in by_network]
        numbers = [[float(sympy.N(x, 30)) for x in form] for form in (by_expression, by_network)]
        scale = 1 + max(map(abs, loops))
        for form in (*numbers, out[k]):
            assert np.abs(np.array(form) - loops).max() <= CLOSE * scale


@pytest.mark.parametrize(("row", "way"), ONE_WAY.items(), ids=ONE_WAY)
def test_the_three_forms_agree(row, way):
    compare(row, way, range(2))


@pytest.mark.slow
@pytest.mark.parametrize(("row", "way"), EVERY)
def test_the_three_forms_agree_on_200_instances(row, way):
    compare(row, way, range(200))


def test_control_a_small_sink_does_not_agree(monkeypatch):
    compare("softmax", "open", range(2))
    monkeypatch.setitem(ROWS, "softmax", ("softmax", {}, partial(plain.sink, logit=-20.0), False))
    with pytest.raises(AssertionError):
        compare("softmax", "open", range(2))


def test_every_named_mechanism_is_compared():
    assert {name for name, *_ in ROWS.values()} == set(HOMES)


@pytest.mark.parametrize("row", ["softmax", "krause", "linear", "affine-scaled deviation", "hadamard"])
def test_gradients_are_those_of_the_expression(row):
    values, way = instance(row, 1), ONE_WAY[row]
    exprs, _ = forms(row, way)
    flat = [x for part in values for x in part]
    symbols = [sympy.Symbol(name, real=True) for part in names(row) for name in part]
    table = {s: sympy.Rational(x.numerator, x.denominator) for s, x in zip(symbols, flat, strict=True)}
    _, gradients = by_jax(row, way, [values, values])
    got = np.concatenate([g[0].reshape(-1) for g in gradients])
    loss = sympy.Add(*(e**2 for e in exprs))
    for k in Random(row).sample([k for k, x in enumerate(flat) if x], 4):  # a kink of ReLU at 0 has no derivative
        want = float(loss.diff(symbols[k]).xreplace(table).evalf(30))
        assert got[k] == pytest.approx(want, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(("row", "way"), ONE_WAY.items(), ids=ONE_WAY)
def test_gradients_are_finite_at_equal_tokens_and_at_zeros(row, way):
    out, gradients = by_jax(row, way, [[[value] * len(entries) for entries in names(row)] for value in (1, 0)])
    assert np.isfinite(out).all() and all(np.isfinite(g).all() for g in gradients)


@pytest.mark.slow
@pytest.mark.parametrize(("row", "way"), EVERY)
def test_gradients_are_finite_at_equal_tokens_and_at_zeros_in_every_way(row, way):
    test_gradients_are_finite_at_equal_tokens_and_at_zeros(row, way)


@pytest.mark.parametrize("form", ["rectified", "clamped"])
def test_gradients_are_finite_where_phases_cancel_and_oscillators_unlock(form):
    sync = mechanism("synchronization", form=form)
    theta = np.array([[[0.0], [np.pi], [0.0]], [[0.0], [0.0], [0.0]], [[0.0], [np.pi], [1.0]]])
    omega = np.array([[0.0], [0.0], [50.0]])  # the last is locked to no other
    with scope("float64"):
        loss = jax.jit(jax.vmap(jax.grad(lambda w, t: sync.apply(w, t, t).sum(), argnums=(0, 1)), (None, 0)))
        assert all(np.isfinite(np.asarray(g)).all() for g in loss(omega, theta))


@pytest.mark.parametrize("name", ["top-n", "krause"])
def test_ties_go_to_the_lowest_index(name):
    m, weight = mechanism(name, most=2), Fraction(1, 4 if name == "top-n" else 2)
    arrays = np.zeros((4, 1)), np.zeros((4, 1)), np.arange(4.0)[:, None]
    with scope("float64"):
        assert jax.jit(m.apply)(*arrays)[:, 0].tolist() == [weight] * 4
    assert m.network(4, 1, 1).at([0] * 8 + [0, 1, 2, 3]) == (weight,) * 4


CHUNKS = [("fast-weights", 1), ("fast-weights", 65)]
MORE_CHUNKS = [("linear", 63), ("linear", 64), ("hadamard", 130)]


@pytest.mark.parametrize(("name", "n"), [*CHUNKS, *(pytest.param(*more, marks=pytest.mark.slow) for more in MORE_CHUNKS)])
def test_prefix_sums_equal_masked_pairs_beyond_a_chunk(name, n):
    m = mechanism(name, **({"order": "kronecker"} if name == "hadamard" else {}))
    random = np.random.default_rng(n)
    arrays = [random.normal(size=(2, n, 3)) for _ in m.inputs]
    with scope("float64"):
        by_prefix = np.asarray(jax.jit(partial(m.apply, causal=True))(*arrays))
        by_pairs = np.asarray(jax.jit(partial(m.apply, mask=np.tril(np.ones((n, n), dtype=bool))))(*arrays))
    assert np.abs(by_prefix - by_pairs).max() <= 1e-12 * n * np.abs(by_pairs).max()


GROUPED = [("linear", {}, True), ("fast-weights", {}, False)]
MORE_GROUPED = [("linear", {}, False), ("fast-weights", {}, True), ("hadamard", {"order": "kronecker"}, True)]


@pytest.mark.parametrize(
    ("name", "options", "causal"), [*GROUPED, *(pytest.param(*more, marks=pytest.mark.slow) for more in MORE_GROUPED)]
)
def test_heads_worked_on_in_groups_are_those_worked_on_at_once(name, options, causal, monkeypatch):
    m, random = mechanism(name, **options), np.random.default_rng(7)
    given = [random.normal(size=(2, 3, 5, 2)) for _ in m.inputs]

    def run():
        def loss(*arrays):
            out = m.apply(*arrays, causal=causal)
            return jnp.square(out).sum(), out

        (_, out), slope = jax.jit(jax.value_and_grad(loss, has_aux=True))(*given)
        return np.asarray(out), np.asarray(slope)

    with scope("float64"):
        at_once = run()
        for limit in (0, 10):  # one of the six heads, two of them
            monkeypatch.setattr(features, "AT_ONCE", limit)
            assert all(np.abs(a - b).max() <= 1e-12 for a, b in zip(run(), at_once, strict=True))
    assert at_once[0].shape == (2, 3, 5, 2)


def test_heads_that_share_keys_are_not_grouped(monkeypatch):
    monkeypatch.setattr(features, "AT_ONCE", 0)
    random = np.random.default_rng(8)
    q, k = random.normal(size=(3, 4, 2)), random.normal(size=(4, 2))
    with scope("float64"):
        out = np.asarray(mechanism("linear").apply(q, k, k, causal=True))
        assert np.abs(out[1] - np.asarray(mechanism("linear").apply(q[1], k, k, causal=True))).max() <= CLOSE


def test_batches_are_independent_and_parameters_may_differ():
    m, random = mechanism("krause"), np.random.default_rng(0)
    q, k, v = random.normal(size=(3, 2, 5, 3))

    def total(sigma):
        out = m.apply(q, k, v, sigma=sigma[:, None, None])
        return out.sum(), out

    with scope("float64"):
        run = jax.jit(jax.value_and_grad(total, has_aux=True))
        (_, together), slope = run(np.array([1.0, 2.0]))
        near = [float(run(np.array([1 + s, 2.0]))[0][0]) for s in (1e-6, -1e-6)]
    for s in (0, 1):
        apart = plain.krause(q[s].tolist(), k[s].tolist(), v[s].tolist(), opened("open", 5), sigma=s + 1.0)
        assert np.abs(np.asarray(together[s]) - apart).max() <= CLOSE
    assert float(slope[0]) == pytest.approx((near[0] - near[1]) / 2e-6, rel=1e-6)


BATCHED = ("squeeze-excitation", "krause beside softmax", "hadamard", "affine-scaled", "value-softmax", "lstm")


@pytest.mark.parametrize("row", [*BATCHED, *(pytest.param(row, marks=pytest.mark.slow) for row in ROWS if row not in BATCHED)])
def test_axes_before_tokens_are_batches_of_inputs_and_of_learned_weights(row):
    random, way = np.random.default_rng(9), ways(row)[-1]
    given = [random.normal(size=(2, 3, *t.sizes(letters(row)))) for t in tensors(row)]
    with scope("float64"):
        together = np.asarray(jax.jit(function(row, way))(*given))
        apart = np.asarray(jax.jit(jax.vmap(jax.vmap(function(row, way))))(*given))
    assert together.shape == apart.shape and np.abs(together - apart).max() <= CLOSE * (1 + np.abs(apart).max())


def test_weights_are_those_that_mix_the_values():
    random = np.random.default_rng(5)
    q, k, v, a = random.normal(size=(4, 4, 4))
    m = mechanism("affine-scaled", keys="all")
    with scope("float64"):
        weights = np.asarray(m.weight_matrix(q, k, a[0], causal=True))
        out = np.asarray(m.apply(q, k, v, a[0], causal=True))
        assert np.abs(weights @ v - out).max() <= CLOSE
        signed = np.asarray(mechanism("hadamard", features="linear", factors=1, projections="shared").weight_matrix(q, k))
    assert signed.min() < 0 and np.abs(signed.sum(axis=1) - 1).max() <= CLOSE


def test_a_lowered_mechanism_computes_in_its_type_and_composes():
    F = lower(mechanism("krause"))
    q, k, v = np.random.default_rng(6).normal(size=(3, 3, 2))
    want = plain.krause(q.tolist(), k.tolist(), v.tolist(), opened("open"))
    assert np.abs(np.asarray(F(q, k, v)) - want).max() <= CLOSE
    assert lower(mechanism("krause"), dtype="float32")(q, k, v).dtype == np.float32
    with jax.enable_x64(True):
        slope = jax.grad(lambda s: F(q, k, v, sigma=s).sum())(1.0)
    step = [float(np.asarray(F(q, k, v, sigma=1 + s)).sum()) for s in (1e-6, -1e-6)]
    assert float(slope) == pytest.approx((step[0] - step[1]) / 2e-6, rel=1e-6)


MASKS = {
    "line": (line(5, 1), [2, 3, 3, 3, 2]),
    "window": (window(5, 2), [1, 2, 2, 2, 2]),
    "window of all": (window(3, 9), [1, 2, 3]),
    "cross behind a class token": (grid(2, 3), [7, 4, 5, 4, 4, 5, 4]),
    "square": (grid(3, 3, cross=False, class_token=False), [4, 6, 4, 6, 9, 6, 4, 6, 4]),
    "one token": (line(1, 0), [1]),
}


@pytest.mark.parametrize(("mask", "sizes"), MASKS.values(), ids=MASKS)
def test_neighbourhoods_are_smaller_at_the_border(mask, sizes):
    assert mask.sum(axis=1).tolist() == sizes
    assert mask.diagonal().all()


TRUTHS = {  # of four places, row by row
    "Python": [[True, False], [True, True]],
    "NumPy": np.array([[True, False], [True, True]]),
    "SymPy": [[sympy.true, sympy.false], [sympy.Integer(1) < 2, sympy.true]],
}


@pytest.mark.parametrize("mask", TRUTHS.values(), ids=TRUTHS)
def test_masks_of_truth_values_are_one_mask(mask):
    arrays = np.arange(6.0).reshape(3, 2, 1)
    assert np.array_equal(SOFTMAX.apply(*arrays, mask=mask), SOFTMAX.apply(*arrays, causal=True))
    assert SOFTMAX.expression(2, 1, 1, mask=mask) == SOFTMAX.expression(2, 1, 1, causal=True)


SOFTMAX, ONES, STACKED = mechanism("softmax"), [np.ones((2, 1))] * 3, [np.ones((3, 2, 1))] * 3
REFUSED = {
    "unknown mechanism": (lambda: mechanism("sparsemax"), "no mechanism 'sparsemax'"),
    "unknown option": (lambda: mechanism("softmax", sigma=1), "no option 'sigma': there are none"),
    "a float option": (lambda: mechanism("krause", sigma=0.5), "not exact"),
    "width zero": (lambda: mechanism("krause", sigma=0), "sigma > 0"),
    "no key kept": (lambda: mechanism("top-n", most=0), "most = 0"),
    "ranking": (lambda: mechanism("top-n", ranking="length"), "ranking 'length'"),
    "no factor": (lambda: mechanism("hadamard", factors=0), "factors = 0"),
    "maps and factors": (lambda: mechanism("hadamard", features=("relu",)), "one for each factor"),
    "feature map": (lambda: mechanism("linear", features="cosine"), "feature map 'cosine'"),
    "convention": (lambda: mechanism("affine-scaled", keys="causal"), "visible, full, all"),
    "deviation of all": (lambda: mechanism("affine-scaled", keys="all", order="deviation"), "deviation: visible"),
    "negative coupling": (lambda: mechanism("synchronization", coupling=-1), "coupling > 0"),
    "no tokens": (lambda: mechanism("softmax").expression(0, 1, 1), "integers from 1 on"),
    "many tokens": (lambda: mechanism("softmax").network(100, 1, 1), "10000 products > 4096"),
    "mask too small": (lambda: mechanism("softmax").network(2, 1, 1, mask=[[True, True]]), "mask of shape"),
    "mask without keys": (lambda: mechanism("glu").network(2, 1, 1, causal=True), "no keys to mask"),
    "two arrays": (lambda: mechanism("softmax").apply(jnp.ones((2, 1)), jnp.ones((2, 1))), "2 arrays: softmax takes 3"),
    "other lengths": (lambda: mechanism("softmax").apply(*(jnp.ones((n, 1)) for n in (2, 3, 3))), "k of shape"),
    "no axes": (lambda: mechanism("softmax").apply(*[jnp.ones(())] * 3), "q of shape"),
    "unknown parameter": (lambda: mechanism("krause").apply(*[jnp.ones((2, 1))] * 3, beta=1), "no parameter 'beta'"),
    "an option that is no number": (lambda: mechanism("krause").apply(*[jnp.ones((2, 1))] * 3, most=1), "no parameter 'most'"),
    "no such kind": (lambda: mechanism("glu", kind="relu"), "kind 'relu'"),
    "no such form": (lambda: mechanism("synchronization", form="sine"), "form 'sine'"),
    "no such pairs": (lambda: mechanism("krause", pairs="half"), "pairs 'half'"),
    "no such values": (lambda: mechanism("hadamard", values="two"), "values 'two'"),
    "window of no key": (lambda: mechanism("krause-softmax", window=0), "window = 0"),
    "gates of another width": (
        lambda: mechanism("krause-softmax").apply(*[jnp.ones((2, 1))] * 3, gs=jnp.ones((2, 1)), gk=jnp.ones((2, 3))),
        "gk of shape",
    ),
    "weights that gates read": (lambda: mechanism("krause-softmax").weight_matrix(*[jnp.ones((2, 1))] * 2), "no weights apart"),
    "missing weights": (lambda: mechanism("squeeze-excitation").apply(jnp.ones((2, 1))), "without down"),
    "no weights": (lambda: mechanism("glu").weight_matrix(jnp.ones((2, 1)), jnp.ones((2, 1))), "no weights apart"),
    "weights of values": (lambda: mechanism("top-n", ranking="contr").weight_matrix(*[jnp.ones((2, 1))] * 2), "no weights apart"),
    "no arrays": (lambda: mechanism("softmax").weight_matrix(), "no arrays"),
    "window of none": (lambda: window(3, 0), "width = 0"),
    "line of negative reach": (lambda: line(3, -1), "reach = -1"),
    "neighbourhood without a width": (lambda: Neighbourhood("line"), "'line' of width 0"),
    "neighbourhood of no family": (lambda: Neighbourhood("disc", 2), "'disc' of width 2"),
    "a list for a name": (lambda: mechanism(["softmax"]), "no mechanism"),
    "a symbol for a number": (lambda: mechanism("krause", sigma=sympy.Symbol("s", positive=True)), "sigma = s"),
    "a logit beyond floats": (lambda: mechanism("softmax-with-sink", logit=10**400), "to 2\\^60"),
    "a width whose square is 0": (lambda: mechanism("krause", sigma=Fraction(1, 10**200)), "sigma > 0"),
    "text for a logit": (lambda: mechanism("softmax-with-sink", logit="1"), "not exact"),
    "a number for features": (lambda: mechanism("hadamard", features=5), "feature map 5"),
    "a list for features": (lambda: mechanism("linear", features=["relu"]), "feature map"),
    "many factors": (lambda: mechanism("hadamard", factors=10**12), "from 1 to"),
    "a state too wide to write out": (
        lambda: mechanism("hadamard", factors=12, order="kronecker").network(1, 8, 1),
        "fewer factors",
    ),
    "a state too wide for arrays": (
        lambda: mechanism("hadamard", factors=5, order="kronecker", projections="shared").apply(*[jnp.ones((2, 64))] * 3),
        "fewer factors",
    ),
    "a mask to be added": (lambda: SOFTMAX.apply(*ONES, mask=np.array([[0, -np.inf]] * 2)), "not one of truth values"),
    "a mask to be added, lowered": (lambda: lower(SOFTMAX)(*ONES, mask=[[0.0, 0.0]] * 2), "not one of truth values"),
    "a mask to be added, wired": (lambda: SOFTMAX.network(2, 1, 1, mask=[[0.0, -1e9]] * 2), "not one of truth values"),
    "a mask of numbers": (lambda: SOFTMAX.apply(*ONES, mask=[[1, 0], [0, 1]]), "mask of type int64"),
    "a mask of one row": (lambda: SOFTMAX.apply(*ONES, mask=np.ones(2, dtype=bool)), "mask of shape \\(2,\\)"),
    "a mask of unequal rows": (lambda: SOFTMAX.network(2, 1, 1, mask=[[True], [True, True]]), "unequal rows"),
    "a mask of another batch": (lambda: SOFTMAX.apply(*STACKED, mask=np.ones((4, 2, 2), dtype=bool)), "do not broadcast"),
    "arrays of other batches": (lambda: SOFTMAX.apply(jnp.ones((2, 3, 1)), *[jnp.ones((4, 3, 1))] * 2), "do not broadcast"),
    "a word for causal": (lambda: SOFTMAX.apply(*ONES, causal="no"), "causal = 'no'"),
    "arrays of no tokens": (lambda: SOFTMAX.apply(*[jnp.ones((0, 1))] * 3), "no entries"),
    "keys of no width": (lambda: SOFTMAX.apply(*[jnp.ones((2, 0))] * 2, jnp.ones((2, 1))), "no entries"),
    "complex arrays": (lambda: SOFTMAX.apply(jnp.ones((2, 1)) * 1j, *ONES[1:]), "complex64"),
    "text for an array": (lambda: SOFTMAX.apply("q", *ONES[1:]), "str is no array"),
    "ragged arrays": (lambda: SOFTMAX.apply([[1], [1, 2]], *ONES[1:]), "list is no array"),
    "a width of 0 for arrays": (lambda: mechanism("krause").apply(*ONES, sigma=0.0), "sigma = 0.0 is not positive"),
    "text for a width": (lambda: mechanism("krause").apply(*ONES, sigma="wide"), "is not a number"),
    "weights of a number": (lambda: SOFTMAX.weight_matrix(3.0, 1.0), "q of shape"),
}


@pytest.mark.parametrize(("call", "says"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused(call, says):
    with pytest.raises(BadInput, match=says):
        call()
