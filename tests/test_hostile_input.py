"""Clumsy and hostile input, on the command line and from Python: one clear error, and never a wrong answer instead."""

import json
import os
import subprocess
import sys
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from claim_files import CITED, HOLDS, folder, stated

import workbench as wb
from workbench import formula
from workbench.cli import status
from workbench.ledger import bibliography

z = sympy.Symbol("z", real=True)
x = wb.inputs(3)
XOR = wb.BooleanFunction(2, 0b0110)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_CACHE", raising=False)


def ran(arguments, redirection="", **environment):
    command = f"exec {sys.executable} -m workbench {arguments} {redirection}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, env=os.environ | environment, timeout=120)
    return done.returncode, done.stdout, done.stderr


# The command line


@pytest.mark.parametrize(
    "arguments, redirection, code",
    [
        ("verify", ">&-", 1),  # not in the ledger
        ("verify", "2>&-", 1),
        ("verify --json", ">&- 2>&-", 1),
        ("verify nobody", "2>&-", 2),
        ("recognise 6 --n 2", ">&-", 0),
    ],
)
def test_closed_streams(tmp_path, arguments, redirection, code):
    folder(tmp_path, one=HOLDS)
    got, out, err = ran(arguments, redirection)
    assert got == code
    assert b"Traceback" not in err
    assert out == b"" or ">" in redirection


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_one_json_document_in_every_encoding(tmp_path, encoding):
    folder(tmp_path, one=stated("one", CITED, says="z ≤ z", sources="Source('a_book', '§ 3 ≠ Gödel', read=True),"))
    (tmp_path / "references.bib").write_text(
        "@book{a_book,\n  author = {Gödel ≠ ≤},\n}\n@misc{workbench2026,\n}\n", encoding="utf-8"
    )
    for arguments in ("verify --json", "cite one --json"):
        _, out, err = ran(arguments, PYTHONIOENCODING=encoding)
        assert b"Traceback" not in err
        assert "§ 3 ≠ Gödel" in str(json.loads(out.decode("ascii")))
    for arguments in ("verify", "cite one"):
        _, out, err = ran(arguments, PYTHONIOENCODING=encoding)
        assert b"Traceback" not in err and out


def test_a_circle_of_links_is_replaced(tmp_path, capsys):
    (tmp_path / "loop.json").symlink_to("loop.json")
    assert status(["recognise", "6", "--n", "2", "--certificate", "loop.json", "--quiet"]) == 0
    assert status(["check", "loop.json", "--quiet"]) == 0


def test_a_damaged_ledger_is_refused_at_once_and_written_anew(tmp_path, capsys):
    proofs = folder(tmp_path, one=HOLDS)
    (proofs / "ledger.json").write_text("{")
    assert status(["verify", "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "write it anew with workbench verify --update" in err
    assert not (tmp_path / ".workbench-cache").exists()
    assert status(["verify", "--update", "--quiet"]) == 0
    capsys.readouterr()
    assert status(["verify", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_bibliography_in_another_encoding(tmp_path):
    file = tmp_path / "references.bib"
    file.write_bytes("@book{a_book,\n  author = {Gödel},\n}\n".encode("latin-1"))
    with pytest.raises(wb.BadInput, match=r"is not UTF-8 \(byte 27\)"):
        bibliography(file)


def test_a_sentence_of_the_catalogue_over_two_lines(tmp_path, capsys):
    proofs = folder(tmp_path)
    (proofs / "catalogue.json").write_text(json.dumps([{"name": "planned", "says": "Gates\n    add up."}]))
    assert status(["new", "planned", "--quiet"]) == 0
    assert "Gates add up." in (proofs / "drafts" / "planned.py").read_text()
    assert status(["verify", "planned", "--quiet"]) == 1  # judged, and not in the ledger


@pytest.mark.parametrize("text", ["class Gone(BaseException): pass\nraise Gone('x')", "raise GeneratorExit('x')"])
def test_whatever_a_claim_file_raises_is_one_line(tmp_path, capsys, text):
    folder(tmp_path, one=text)
    assert status(["verify"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "proofs/topic/one.py:" in err and err.endswith(": x\n")


def test_whatever_a_claim_raises_is_its_own_error(tmp_path, capsys):
    cases = "def gone(n):\n    raise GeneratorExit('x')\n"
    text = stated("one", ("ForEach.of('n', gone, first=0)", "Certified(3), CONTROL")).replace("CLAIM =", cases + "CLAIM =")
    folder(tmp_path, one=text)
    assert status(["verify", "--quiet"]) == 1
    assert "error: one: GeneratorExit: x" in capsys.readouterr().err


@pytest.mark.parametrize("where", ["the file", "the run"])
def test_an_interrupt_is_no_error_of_the_claim(tmp_path, capsys, where):
    cases = "def gone(n):\n    raise KeyboardInterrupt\n" + ("gone(0)\n" if where == "the file" else "")
    text = stated("one", ("ForEach.of('n', gone, first=0)", "Certified(3), CONTROL")).replace("CLAIM =", cases + "CLAIM =")
    folder(tmp_path, one=text)
    assert status(["verify"]) == 130
    assert capsys.readouterr().err.startswith("workbench: interrupted")


def test_short_names_do_not_fold_the_heading(tmp_path, capsys):
    folder(tmp_path, a=HOLDS)
    status(["verify"])
    assert capsys.readouterr().out.splitlines()[0].split() == ["verdict", "claim", "reach", "seconds"]


def test_text_that_no_file_can_hold(tmp_path, capsys):
    folder(tmp_path, one=stated("one", HOLDS, says="\ud800"))
    assert status(["verify", "--update", "--quiet"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "workbench: text that UTF-8 cannot hold ('\\ud800'): write it without"


# Certificates: exact, or rejected

WRAPS = np.int64(2**62)  # four of them are 0 modulo 2**64


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("multiplicity", [WRAPS, 1.0, np.float64(1), True, Fraction(1), "1"], ids=repr)
def test_a_multiplicity_is_an_integer_of_any_size(multiplicity, degree):
    lie = wb.DualWitness(2, 0b1111, degree, tuple((k, multiplicity) for k in range(4)))
    with pytest.raises(wb.Rejected, match="is not an integer, at point 0"):
        lie.check()


@pytest.mark.parametrize("point", [4, -1, 1.0, True, np.int64(1), "1"], ids=repr)
def test_a_point_of_a_witness_is_one_of_the_cube(point):
    with pytest.raises(wb.Rejected, match="is not an integer from 0 to 3"):
        wb.DualWitness(2, 0b0110, 1, ((0, 1), (point, 1))).check()


@pytest.mark.parametrize("degree", [-1, 0.5, float("nan"), True], ids=repr)
def test_a_witness_of_no_degree_says_nothing(degree):
    with pytest.raises(wb.Rejected, match="is not a non-negative integer"):
        wb.DualWitness(2, 0b1000, degree, ((3, 1),)).check()


def test_a_product_of_many_digits_is_not_read():
    half = "9" * 3000
    assert formula.read({"mul": [half, {"symbol": "z"}]}) == int(half) * z
    for form in ({"mul": [half, half]}, {"mul": [half, {"add": [{"symbol": "z"}, half]}]}, {"mul": [f"1/{half}", f"1/{half}"]}):
        with pytest.raises(wb.BadInput, match="has a number of over 4000 digits") as refused:
            formula.read(form)
        assert len(str(refused.value)) < 200


def test_a_long_difference_is_shown_short():
    with pytest.raises(wb.Rejected, match=r"characters\), at the case of all values") as rejected:
        wb.Identity.of((z + 1) ** 200, z).check()
    assert len(str(rejected.value)) < 600


def test_numbers_that_python_does_not_write():
    long = "a number of over 4300 digits"
    assert wb.Case("n = 130", 2**20000, 2**20001, ">=").fails() == f"n = 130: {long} >= {long} is false"


# Functions


@pytest.mark.parametrize(
    "ask",
    [
        lambda: XOR.restrict(2, 0),
        lambda: wb.BooleanFunction(2, 0b0001).restrict(5, 0),
        lambda: XOR.restrict(-1, 0),
        lambda: XOR.restrict(0, 7),
        lambda: wb.BooleanFunction(0, 1).restrict(0, 0),
        lambda: wb.BooleanFunction(2, 0b0001).depends_on(9),
        lambda: XOR.influence(1.0),
        lambda: wb.inputs(3, 5),
        lambda: wb.Cube(3, "z" * 1000),
        lambda: wb.PTF.from_expr(x[0], wb.Cube(3), symbols=[x[0], x[0], x[1]]),
        lambda: wb.PTF.from_expr(x[0], wb.Cube(3), symbols="abc"),
        lambda: wb.PTF.from_expr(sympy.Symbol("x0") + 1, wb.Cube(3)),
        lambda: wb.PTF.from_expr(sympy.Symbol("y") + 1, wb.Cube(3)),
        lambda: wb.Multilinear.from_expr(x[0], wb.Cube(3)) + 1,
        lambda: wb.Multilinear.from_expr(x[0], wb.Cube(3)) * 2,
        lambda: wb.Claim("one", "A claim.", wb.Prose("p"), uses="other"),
        lambda: wb.Claim("one", "A claim.", wb.Prose("p"), hypotheses="z > 0"),
        lambda: wb.lower(z, sympy.Symbol("y")),
        lambda: wb.lower(z, [z], at_zero=1),
        lambda: wb.lower(z, [z], at_zero=2),
    ],
)
def test_refused_in_one_line(ask):
    with pytest.raises(wb.BadInput) as refused:
        ask()
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "ask, way_out",
    [
        (lambda: wb.PTF.from_expr(sympy.Symbol("x0") + 1, wb.Cube(3)), "its x0 has other assumptions"),
        (lambda: wb.lower(z, [sympy.Symbol("z")]), "symbol z has other assumptions than the one declared"),
    ],
    ids=["a polynomial", "an expression"],
)
def test_symbols_that_look_alike(ask, way_out):
    with pytest.raises(wb.BadInput, match=way_out):
        ask()


def test_one_symbol_needs_no_list():
    assert wb.lower(3 * z, z)([2]).tolist() == 6


@pytest.mark.parametrize(
    "dtype, given, accepted",
    [
        ("int64", np.array([2**63 - 1], dtype=np.uint64), True),
        ("int64", np.array([2**63], dtype=np.uint64), False),
        ("int32", np.array([2**31 - 1], dtype=np.uint32), True),
        ("int32", np.array([2**31], dtype=np.uint32), False),
        ("int32", np.array([2**63], dtype=np.uint64), False),
    ],
    ids=str,
)
def test_unsigned_coordinates_do_not_wrap(dtype, given, accepted):
    same = wb.lower(z, [z], dtype=dtype)
    if accepted:
        assert same(given).tolist() == int(given[0])
    else:
        with pytest.raises(wb.BadInput, match=r"> 2\*\*\d\d - 1"):
            same(given)


def test_a_list_of_traced_numbers_is_a_point():
    y = sympy.Symbol("y", real=True)
    product = wb.lower(z * y, [z, y], dtype="float32")
    assert jax.jit(lambda p: product([p, 2.0]))(3.0) == 6
    assert jax.grad(lambda p: product([p, p]))(3.0) == 6
    assert jax.jit(product)([3.0, 2.0]) == 6
    with jax.enable_x64(True):
        assert jax.jit(lambda p: wb.lower(z, [z])([p]))(jnp.float64(0.1)) == 0.1


# Displays

LARGE = {
    "a table of 20 inputs": wb.BooleanFunction(20, (1 << (1 << 20)) - 1),
    "a witness of 4,096 points": wb.DualWitness(12, 6, 1, tuple((k, k + 1) for k in range(4096))),
    "1,024 weights": wb.SignRepresentation(10, 1, 10, tuple((k,) for k in range(1024)), (1,) * 1024),
    "a count of 65,536 functions": wb.threshold_count(4, 1),
}


@pytest.mark.parametrize("value", LARGE.values(), ids=LARGE)
def test_a_large_object_is_shown_in_a_short_line(value):
    assert "\n" not in repr(value) and len(repr(value)) < 700
    assert len(getattr(value, "_repr_latex_", str)()) < 200


def test_small_objects_are_shown_whole():
    assert repr(wb.recognise(XOR)) == "DualWitness(n=2, table=0x6, degree=1, witness=((0, 1), (1, 1), (2, 1), (3, 1)))"
    shown = "SignRepresentation(n=1, table=0x2, degree=1, monomials=((0,),), weights=(1,))"
    assert repr(wb.recognise(wb.BooleanFunction(1, 0b10))) == shown
