"""SymPy computes in python-flint's numbers where that is installed; the trusted column has to judge alike in Python's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRUSTED = ["poly", "threshold", "identity", "formula", "statement", "certificate", "claim", "bound", "domain"]


def ground_types(asked):
    code = "from sympy.external.gmpy import GROUND_TYPES; print(GROUND_TYPES)"
    environment = os.environ | {"SYMPY_GROUND_TYPES": asked}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True).stdout.strip()


@pytest.mark.parametrize("asked", ["python", "flint"])
def test_ground_types_are_those_asked_for(asked):
    assert ground_types(asked) == asked


def test_the_trusted_column_passes_its_tests_in_python_numbers():
    files = [str(ROOT / "tests" / f"test_{name}.py") for name in TRUSTED]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"SYMPY_GROUND_TYPES": "python"}, timeout=600
    )
    assert run.returncode == 0, run.stdout[-3000:]
