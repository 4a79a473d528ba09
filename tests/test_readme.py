"""Every code block of the README runs, and prints what stands there."""

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands(block):
    """Yield (command, printed lines) of a console block."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed


def without_seconds(text):
    """Replace times, which differ from run to run, and what the cache did."""
    return re.sub(r" +([0-9]+\.[0-9]+( s)?|cached)$|; [0-9]+ from the cache", "", text, flags=re.MULTILINE)


CONSOLE = [pair for kind, block in BLOCKS if kind == "console" for pair in commands(block)]


def test_every_block_is_of_a_kind_that_is_run():
    assert {kind for kind, _ in BLOCKS} == {"pycon", "console", "sh"}
    assert README.index("```pycon") < README.index("\n", 0) + 2000 and README[: README.index("```pycon")].count("\n") < 30
    assert len(README.splitlines()) < 200


@pytest.mark.parametrize(
    "page, least",
    [
        ("README.md", 15),
        ("docs/lowering.md", 12),
        ("docs/capacity.md", 8),
        ("docs/atlas.md", 12),
        ("docs/circuits.md", 10),
        ("docs/training.md", 9),
        ("docs/mechanisms.md", 12),
        ("docs/flow.md", 45),
    ],
)
def test_python_blocks_print_what_stands_there(page, least):
    failed, attempted = doctest.testfile(str(ROOT / page), module_relative=False)
    assert failed == 0 and attempted >= least


@pytest.mark.parametrize("command, printed", CONSOLE, ids=[c for c, _ in CONSOLE])
def test_console_blocks_print_what_stands_there(command, printed):
    program, *arguments = shlex.split(command)
    assert program == "workbench"
    run = subprocess.run([sys.executable, "-m", "workbench", *arguments], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert run.returncode == 0, run.stderr
    assert without_seconds(run.stdout) == without_seconds(printed)


def test_set_up_commands_are_the_two_that_continuous_integration_and_readers_use():
    setup = [block.strip() for kind, block in BLOCKS if kind == "sh"]
    assert len(setup) == 2
    assert setup[0].endswith("workbench verify") and "pytest" in setup[1]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- tests -->" in ci and README.count("<!-- tests -->") == README.count("<!-- main -->") == 1
