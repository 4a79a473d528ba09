"""The command line: exit status 0 (as expected), 1 (done, and the answer is no), 2 (bad input: one line on stderr).

Everything heavy is imported inside the commands, so that help loads neither SymPy nor JAX.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated

import typer

from workbench import __version__
from workbench.commands import capacity, census, certificates, circuits, claims, figures, training
from workbench.commands import flow as flows
from workbench.commands.options import say
from workbench.errors import BadInput, Rejected, Unsound

COMMANDS = (
    claims.verify,
    certificates.check,
    certificates.recognise,
    capacity.count,
    capacity.estimate,
    capacity.tabulate,
    capacity.shares,
    census.census,
    circuits.circuit,
    circuits.atlas,
    training.train,
    training.train_sweep,
    flows.flow,
    figures.figure,
    figures.figures,
    claims.new,
    claims.cite,
)
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its status."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before the start, as by >&-
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a character that the terminal's encoding lacks is shown as its number
    sys.set_int_max_str_digits(0)  # exact numbers are written with all their digits
    sys.exit(status(arguments))


def status(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; every refusal is one line on stderr."""
    command = typer.main.get_command(app)
    try:
        done = command.main(args=None if arguments is None else list(arguments), prog_name="workbench", standalone_mode=False)
    except BadInput as error:
        return _refuse(str(error))
    except (Unsound, Rejected) as error:
        return _refuse(str(error), 1)
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except UnicodeEncodeError as error:
        return _refuse(f"text that UTF-8 cannot hold ({error.object[error.start : error.end]!r}): write it without")
    except KeyboardInterrupt:
        done = 130
    except SystemError as error:
        if not _interrupted(error):
            raise
        done = 130
    except Exception as error:
        if not hasattr(error, "format_message"):  # a usage error, of typer's own class or of click's, by version
            raise
        return _refuse(f"{error.format_message()} (workbench --help shows the commands)")
    if done == 130:
        return _refuse("interrupted: what was finished is kept, the same command goes on from there", 130)
    return int(done or 0)


def _interrupted(error: BaseException | None) -> bool:
    """Whether an interruption caused an error: a compiled function cannot pass it on, and fails once it is done."""
    return isinstance(error, KeyboardInterrupt) or (error is not None and _interrupted(error.__cause__))


def _refuse(message: str, code: int = 2) -> int:
    say(f"workbench: {message}")
    return code


def _version(wanted: bool) -> None:
    if wanted:
        print(f"workbench {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def workbench(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """State a theorem about threshold or attention networks, run it, and learn how far it holds.

    \b
    workbench verify                      judge every claim of proofs/
    workbench recognise 0x8 --n 2         integer weights, or a witness that there are none
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


for command in COMMANDS:
    app.command()(command)
