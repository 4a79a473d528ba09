"""Proofs that formulas have no model: what the check accepts and rejects, and that a solver's proof is made explicit."""

import signal
import subprocess
import sys
import time
from itertools import combinations, product
from random import Random

import pytest

from workbench.circuits.proofs import Exhausted, explicit, model_of, refutation
from workbench.clauses import Step, dimacs, refuted, steps, written
from workbench.errors import BadInput, Rejected

EITHER = ((1, 2), (1, -2), (-1, 2), (-1, -2))
RIGHT = (Step((1,), (1, 2)), Step((), (5, 3, 4)))


def pigeons(holes):
    """One pigeon more than there are holes."""
    places = [[i * holes + j + 1 for j in range(holes)] for i in range(holes + 1)]
    return [tuple(p) for p in places] + [(-a, -b) for column in zip(*places, strict=True) for a, b in combinations(column, 2)]


def satisfiable(clauses, n):
    """Whether some assignment satisfies every clause, by trying all."""
    return any(all(any((x > 0) == bits[abs(x) - 1] for x in c) for c in clauses) for bits in product((False, True), repeat=n))


WRONG = {
    "no step": (EITHER, (), "does not end in the empty clause"),
    "no empty clause": (EITHER, RIGHT[:1], "does not end in the empty clause"),
    "a model exists": (EITHER[:3], (Step((1,), (1, 2)), Step((), (4, 3))), "the hints end without a conflict"),
    "two literals left": (EITHER, (Step((), (1,)),), "clause 1 has 2 literals left"),
    "hints after the conflict": (EITHER, (Step((1,), (1, 2, 3)), RIGHT[1]), "1 hints follow the conflict"),
    "a later clause": (EITHER, (Step((1,), (1, 6)), RIGHT[1]), "hint 6 is not the number of an earlier clause"),
    "the step itself": (EITHER, (Step((), (5,)),), "hint 5 is not"),
    "hint 0": (EITHER, (Step((), (0,)),), "hint 0 is not"),
    "a hint that is no integer": (EITHER, (Step((), (True,)),), "hint True is not"),
    "literal 0": (EITHER, (Step((0,), (1, 2)),), "a literal is not an integer other than 0"),
    "no hints": (EITHER, (Step((), ()),), "the hints end"),
    "no clauses": ((), (Step((), ()),), "the hints end"),
}


@pytest.mark.parametrize("clauses, proof, reason", WRONG.values(), ids=WRONG)
def test_a_wrong_proof_is_rejected(clauses, proof, reason):
    with pytest.raises(Rejected, match=reason):
        refuted(clauses, proof)


@pytest.mark.parametrize(
    "clauses",
    [EITHER, ((),), ((1,), (-1,)), ((1, -1), (2,), (-2,)), pigeons(3), pigeons(6)],
    ids=["2", "empty", "1", "tautology", "4 pigeons", "7 pigeons"],
)
def test_a_formula_without_models_is_refuted(clauses):
    proof = refutation(clauses)
    refuted(clauses, proof)
    assert steps(written(proof, len(clauses)), len(clauses)) == proof


def test_random_formulas_are_decided_as_by_trying_all():
    random, seen = Random(1), set()
    for _ in range(300):
        clauses = [tuple(random.choice((-1, 1)) * v for v in random.sample(range(1, 7), random.randint(1, 3))) for _ in range(18)]
        answer = refutation(clauses)
        seen.add(isinstance(answer, frozenset))
        if isinstance(answer, frozenset):
            assert all(answer & set(c) for c in clauses)
            assert model_of(clauses) is not None
        else:
            refuted(clauses, answer)
            assert not satisfiable(clauses, 6)
            assert model_of(clauses) is None
    assert seen == {True, False}


def test_a_changed_step_that_no_longer_follows_is_rejected():
    clauses, random = pigeons(4), Random(2)
    proof, rejected = refutation(clauses), 0
    for _ in range(200):
        place = random.randrange(len(proof))
        step = proof[place]
        if not step.clause:
            continue
        one = Step(tuple(x for x in step.clause if x != step.clause[0]) or (-step.clause[0],), step.hints)
        try:
            refuted(clauses, (*proof[:place], one, *proof[place + 1 :]))
        except Rejected:
            rejected += 1
    assert rejected > 100


BAD_TEXTS = [
    "",
    "5 1 0 1 2 0",
    "6 1 0 1 2 0\n",
    "5 1 0 1 2\n",
    "5 1 0 1 0 2 0\n",
    "5  1 0 1 2 0\n",
    "5 +1 0 1 2 0\n",
    "5 x 0 1 0\n",
    "\n",
]


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_a_text_in_another_form_is_refused(text):
    with pytest.raises(BadInput):
        steps(text, 4)


def test_a_number_of_a_million_digits_is_refused_unread():
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # as the command line does
    started = time.process_time()
    try:
        with pytest.raises(BadInput, match="line 1 is not step 5"):
            steps(f"5 {'9' * 1_000_000} 0 1 2 0\n", 4)
    finally:
        sys.set_int_max_str_digits(limit)
    assert time.process_time() - started < 3


SOLVING = """
import signal
from itertools import combinations
from workbench.circuits.proofs import refutation
signal.signal(signal.SIGINT, signal.default_int_handler)
places = [[12 * i + j + 1 for j in range(12)] for i in range(13)]
print("ready", flush=True)
try:
    refutation([*places, *((-a, -b) for column in zip(*places) for a, b in combinations(column, 2))])
except KeyboardInterrupt:
    print("interrupted")
"""


def test_a_solver_at_work_can_be_interrupted():
    process = subprocess.Popen([sys.executable, "-c", SOLVING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("interrupted\n", "")
    assert process.returncode == 0


def test_lines_that_do_not_follow_are_refused():
    with pytest.raises(BadInput, match="line 1 does not follow"):
        explicit([(1, 2)], ["1 0"])
    with pytest.raises(BadInput, match="no conflict follows in the end"):
        explicit([(1, 2)], [])


def test_a_deleted_clause_is_not_used():
    kept = explicit(EITHER, ["2 1 0", "d 2 1 0", "1 0", "d 1 0", "0"])
    refuted(EITHER, kept)


@pytest.mark.parametrize("clause", [(0,), (1, "2"), (True,)], ids=str)
def test_a_clause_of_something_else_is_refused(clause):
    with pytest.raises(BadInput, match="is not a tuple of integers other than 0"):
        refutation([clause])


def test_the_time_is_limited():
    with pytest.raises(Exhausted):
        refutation(pigeons(11), seconds=0)


def test_dimacs_counts_variables_and_clauses():
    assert dimacs([(1, -3), ()]) == "p cnf 3 2\n1 -3 0\n0\n"
    assert dimacs([]) == "p cnf 0 0\n"
