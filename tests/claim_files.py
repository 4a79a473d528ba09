"""Small folders of claims, written for one test each."""

HEAD = """from workbench import (
    Case, Certified, Cited, Claim, Control, Counterexample, CounterexampleCertificate, Derived, Entry, ForAll, ForEach, Hand,
    Identity, Measured, Prose, Source,
)
import sympy

z = sympy.Symbol("z", real=True)


def below(bound, first=0, last=None):
    return ForEach.of("n < bound", lambda n: [Case(f"n = {n}", n, bound(n), "<")], first=first, last=last)


GROWS = below(lambda n: 2**n)
FALSE = below(lambda n: n)
CONTROL = Control("n < n", FALSE)
SQUARE = Identity.of((z + 1)**2, z**2 + 2*z + 1)
"""

HOLDS = "GROWS", "Certified(3), CONTROL"  # n < 2^n, looked at for n = 0..3 and one beyond
DERIVED = "ForAll.of(SQUARE)", "Derived(), Control('2 for 1', Identity.of((z + 1)**2, z**2 + 2*z + 2))"
BY_HAND = "GROWS", "Derived.of(SQUARE, Hand('by induction')), Certified(3), CONTROL"
REFUTED = "below(lambda n: 3)", "Certified(5), CONTROL"
CITED = "Prose('n < 2^n')", "Cited(Source('a_book', 'page 7', read=True)),"
ARGUED = "Prose('n < 2^n')", "Cited(Source('a_book', 'page 7', read=False)),"
BAD_CONTROL = "GROWS", "Certified(3), Control('true as well', below(lambda n: 3**n + 1))"
NO_CONTROL = "GROWS", "Certified(3),"
DISAGREES = "below(lambda n: 3)", "Derived.of(SQUARE, Hand('by haste')), Certified(5), CONTROL"
CRASHES = "below(lambda n: 6 // (2 - n))", "Certified(3), CONTROL"
COUNTERED = (
    "below(lambda n: 3)",
    "Counterexample(3, CounterexampleCertificate('refuted', sympy.Integer(3), '<', sympy.Integer(3))), CONTROL",
)
RUN = """
class Run:
    def __init__(self, value):
        self.values = {"slope": value}
    seed, dtype, device = 3, "float64", "cpu"
    versions = {"jax": "none"}
"""
MEASURED = "Prose('slope')", "Measured('slope', lambda: Run(0.1 + 0.2), 0, 1, 'a slope', lambda: Run(2.0)),"


def stated(name, kind, uses=(), says="A claim.", sources=""):
    statement, evidence = kind
    claim = f"CLAIM = Claim({name!r}, {says!r}, {statement}, sources=({sources}), uses={tuple(uses)!r})"
    return f"{HEAD}{RUN}\n{claim}\nEVIDENCE = ({evidence})\n"


def folder(root, **claims):
    """Write proofs/ with one file for each claim: its text, or a kind, or a kind with the names that it uses."""
    proofs = root / "proofs" / "topic"
    proofs.mkdir(parents=True, exist_ok=True)
    for name, kind in claims.items():
        text = kind if isinstance(kind, str) else stated(name, kind) if isinstance(kind[0], str) else stated(name, *kind)
        (proofs / f"{name}.py").write_text(text)
    return proofs.parent
