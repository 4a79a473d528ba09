"""The shape of the package: who may import whom, what loads JAX, what is never called; each rule with controls."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import workbench

PACKAGE = Path(workbench.__file__).parent
TRUSTED = set(
    "errors domain expressions bound canonical cases formula poly identity classes threshold units network attention "
    "reductions statement evidence schema witness certificate counts claim regions families members recount tallies "
    "congruences regular lanes packing class_count completeness clauses architectures existence optimum gates miter "
    "separation".split()
)
LEVELS = (  # lowest first; a module imports from earlier rows only, a package also from itself
    ("L0", "errors"),
    ("L0", "domain expressions formula files"),
    ("L0", "canonical"),
    ("L0", "cases"),
    ("L0", "poly identity classes bound regions families congruences regular clauses"),
    ("L0", "members lanes gates"),
    ("L0", "recount"),
    ("L0", "completeness"),
    ("L1", "threshold"),
    ("L1", "units"),
    ("L1", "network"),
    ("L1", "attention reductions"),
    ("L2", "statement lowering"),
    ("L2", "evidence schema architectures"),
    ("L2", "existence"),
    ("L3", "enclosures witness runs tallies shards packing optimum miter separation"),
    ("L3", "class_count"),
    ("L3", "certificate"),
    ("L3", "counts"),
    ("L4", "claim recognition"),
    ("L4", "capacity dynamics mechanisms"),
    ("L4", "circuits"),
    ("L5", "cache drawing judges"),
    ("L5", "sitting"),
    ("L5", "ledger figures"),
    ("L5", "ledgerfile report terminal"),
    ("L5", "commands"),
    ("L5", "cli"),
    ("L5", "__main__"),
)
ROW = {name: row for row, (_, names) in enumerate(LEVELS) for name in names.split()}
ON_DISPLAY = {"drawing"}  # loaded within a function when an object is shown; it imports SymPy and the trusted column only
FORBIDDEN = re.compile(r"\b(?:eval|exec|__import__)\(|\b(?:cloud)?pickle\b|\bsympify\((?![^)]*strict=True)|\bparse_expr\(")


def modules():
    """The module-level name, within the package, of each source file."""
    files = [f for f in sorted(PACKAGE.rglob("*.py")) if f != PACKAGE / "__init__.py"]
    return [(f, f.relative_to(PACKAGE).parts[0].removesuffix(".py")) for f in files]


def imported(node):
    """The full names that an import statement brings in."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return [f"relative import of {node.module}"]
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def at_module_level(tree):
    """The statements that run at import: those outside functions, and outside `if TYPE_CHECKING`."""
    queue = list(tree.body)
    while queue:
        node = queue.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        queue += [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.ExceptHandler))]


def faults(name, source):
    """The edges that a module of this name may not have, as text."""
    tree = ast.parse(source)
    found = []
    for node in at_module_level(tree):
        for full in imported(node):
            first, _, rest = full.partition(".")
            target = rest.partition(".")[0]
            target = workbench._HOME.get(target, target).partition(".")[0]
            if first == "workbench" and target in ROW and target != name and ROW[target] >= ROW[name]:
                found.append(f"{name} -> {target}: upwards, from {LEVELS[ROW[name]][0]} to {LEVELS[ROW[target]][0]}")
    if name in TRUSTED:
        for node in ast.walk(tree):  # in functions too
            for full in imported(node):
                first, _, rest = full.partition(".")
                inside = workbench._HOME.get(rest.partition(".")[0], rest.partition(".")[0]).partition(".")[0]
                if first == "workbench" and inside in TRUSTED | ON_DISPLAY:
                    continue
                if first not in sys.stdlib_module_names | {"sympy"}:
                    found.append(f"{name} -> {full}: the trusted column imports the standard library, SymPy and itself")
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                found.append(f"{name} line {node.lineno}: a float literal, {node.value}")
    return found


LOADED = "*(name in sys.modules for name in ('jax', 'numpy', 'sympy'))"


def python(code, *, cwd=None):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd or PACKAGE.parent, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_every_module_has_a_level():
    assert {name for _, name in modules()} == set(ROW)
    assert TRUSTED <= set(ROW)


@pytest.mark.parametrize("file, name", modules(), ids=lambda v: str(v.relative_to(PACKAGE)) if isinstance(v, Path) else "")
def test_imports_go_downwards(file, name):
    assert faults(name, file.read_text(encoding="utf-8")) == []


CONTROLS = {
    "jax": ("poly", "import jax\n", "poly -> jax:"),
    "jax within a function": ("poly", "def f():\n    import jax.numpy as jnp\n", "poly -> jax.numpy:"),
    "jax in a try": ("poly", "try:\n    import jax\nexcept ImportError:\n    pass\n", "poly -> jax:"),
    "numpy": ("certificate", "from numpy import array\n", "certificate -> numpy.array:"),
    "upwards": ("poly", "from workbench.claim import judge\n", "poly -> claim: upwards, from L0 to L4"),
    "upwards, by module": ("poly", "from workbench import claim\n", "poly -> claim: upwards"),
    "upwards, by public name": ("poly", "from workbench import judge\n", "poly -> claim: upwards"),
    "upwards, whole module": ("ledger", "import workbench.cli\n", "ledger -> cli: upwards, from L5 to L5"),
    "sideways": ("evidence", "from workbench.schema import Fields\n", "evidence -> schema: upwards"),
    "the fast column": ("claim", "def f():\n    from workbench.lowering import lower\n", "claim -> workbench.lowering.lower:"),
    "relative": ("poly", "from . import claim\n", "poly -> relative import of None:"),
    "a float": ("domain", "HALF = 0.5\n", "domain line 1: a float literal, 0.5"),
}


@pytest.mark.parametrize("name, source, fault", CONTROLS.values(), ids=CONTROLS)
def test_control_a_forbidden_import_is_caught(name, source, fault):
    assert any(found.startswith(fault) for found in faults(name, source))


ALLOWED = {
    "downwards": ("claim", "from workbench.errors import BadInput\n"),
    "standard library and SymPy": ("poly", "import json\nimport sympy\nfrom sympy import Symbol\n"),
    "jax in the fast column": ("runs", "import jax\n"),
    "for type checkers only": ("cli", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from workbench.cli import app\n"),
    "within a package": ("lowering", "from workbench.lowering.tape import Tape\n"),
}


@pytest.mark.parametrize("name, source", ALLOWED.values(), ids=ALLOWED)
def test_allowed_imports_are_no_fault(name, source):
    assert faults(name, source) == []


def test_trusted_column_loads_no_jax():
    lines = "; ".join(f"import workbench.{name}" for name in sorted(TRUSTED))
    assert python(f"import sys; {lines}; print({LOADED})") == ["False", "False", "True"]


def test_control_the_lowering_loads_jax():
    assert python("import sys; import workbench.lowering; print('jax' in sys.modules)") == ["True"]


def test_check_loads_no_jax(tmp_path):
    file = tmp_path / "xor.json"
    file.write_text(
        '{"schema": "workbench-certificate/1", "type": "dual_witness", "n": 2, "table": "0x6", "degree": 1,'
        ' "witness": {"0": 1, "1": 1, "2": 1, "3": 1}}'
    )
    called = f"code = status(['check', '--quiet', {str(file)!r}])"
    shown = python(f"import sys; from workbench.cli import status; {called}; print(code, {LOADED})")
    assert shown == ["0", "False", "False", "True"]


@pytest.mark.parametrize("command", ["", "verify", "check", "recognise", "new", "cite"])
def test_help_loads_neither_sympy_nor_jax(command):
    code = f"import sys; from workbench.cli import status; code = status([*{command.split()!r}, '--help']); print(code, {LOADED})"
    shown = python(code)
    assert shown[-4:] == ["0", "False", "False", "False"]
    assert "workbench" in shown[2:-4]  # the example, after the usage line


def test_import_is_light_and_fast():
    timed = "import time; t = time.perf_counter(); import workbench, sys; s = time.perf_counter() - t"
    runs = [python(f"{timed}; print(s, {LOADED})") for _ in range(3)]
    assert min(float(seconds) for seconds, *_ in runs) < 0.5
    assert all(loaded == ["False", "False", "False"] for _, *loaded in runs)


@pytest.mark.parametrize("file", [f for f, _ in modules()], ids=lambda f: str(f.relative_to(PACKAGE)))
def test_nothing_runs_text(file):
    assert FORBIDDEN.findall(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "eval(text)",
        "exec(code)",
        "import pickle",
        "import cloudpickle",
        "x = sympify(text)",
        "sympy.sympify(t)",
        "parse_expr(t)",
        "__import__(m)",
    ],
)
def test_control_a_line_that_runs_text_is_caught(line):
    assert FORBIDDEN.search(line)


@pytest.mark.parametrize("line", ["evaluate(x)", "sympify(x, strict=True)", "retrieval(x)", "x.evalf()"])
def test_a_line_that_runs_no_text_is_no_fault(line):
    assert not FORBIDDEN.search(line)
