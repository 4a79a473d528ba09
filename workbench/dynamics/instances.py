"""One instance of a named model: its flow with numbers in it, where it starts, what is known of it, and the report of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from workbench.dynamics.closed import ClosedForm, Solved, error
from workbench.dynamics.flow import Flow
from workbench.dynamics.stepping import Progress
from workbench.dynamics.trajectory import Trajectory
from workbench.errors import BadInput, Rejected

LIMITS = {"conserved": 1e-9, "closed_form": 1e-7, "second_integrator": 1e-7}  # relative to max(1, |value|)


@dataclass(frozen=True)
class Instance:
    """A flow without open parameters, its start, and what is solved of it in closed form: itself, or the flow of a function of it.

    `compared` returns the largest difference between a trajectory and what is known in closed form, relative to max(1, |value|).
    """

    flow: Flow
    initial: tuple[Any, ...]
    form: Solved | None = None
    compared: Callable[[Trajectory], float] | None = None
    by: str | None = None  # how conserved quantities are looked for

    @classmethod
    def of_form(cls, form: ClosedForm) -> Instance:
        """Return the instance that a closed form solves."""
        initial = tuple(float(e.subs(form.coordinate, form.start)) for e in form.lift)
        return cls(form.flow, initial, form, lambda trajectory: error(form, trajectory))


@dataclass(frozen=True)
class Model:
    """A named family of flows: its settings with their defaults, and the instance that they make."""

    name: str
    summary: str
    build: Callable[..., Instance] = field(repr=False)
    settings: Mapping[str, Any]
    t1: float
    time: str = "t"

    def instance(self, **settings: Any) -> Instance:
        """Return the instance with some settings changed. Raises BadInput for an unknown one."""
        if unknown := [name for name in settings if name not in self.settings]:
            raise BadInput(f"{self.name} has no setting {unknown[0]!r}: its settings are {', '.join(self.settings)}")
        return self.build(**{**self.settings, **settings})


@dataclass(frozen=True, eq=False)
class Report:
    """What a run of an instance showed: drifts of conserved quantities, checks with their limits, and how it was integrated."""

    model: str
    trajectory: Trajectory
    conserved: Mapping[str, float]
    checks: Mapping[str, Mapping[str, Any]]
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether every check that was graded holds."""
        return all(check["holds"] is not False for check in self.checks.values())

    def as_json(self) -> dict[str, Any]:
        """Return the fields for a JSON document."""
        run = self.trajectory
        found = {"model": self.model, "t": float(run.ts[-1]), "final": run.final, "conserved": dict(self.conserved)}
        made = run.integrator.as_json() | {"ended": run.ended}
        return found | {"checks": dict(self.checks), "integrator": made, "seconds": round(self.seconds, 3)}


def report(model: Model, instance: Instance, *, t1: float, time: str, progress: Progress | None = None) -> Report:
    """Run an instance and hold it against its conserved quantities, its closed form and a second integrator.

    A drift is not graded after an implicit method, which conserves worse than its tolerance. Raises BadInput as a run does.
    """
    start = perf_counter()
    said = _parts(progress)
    said("conserved quantities", 0)
    quantities = instance.flow.conserved(by=instance.by)
    said("integrating", 1)
    trajectory = instance.flow.run(instance.initial, t1=t1, time=time, rtol=1e-11, atol=1e-11)
    assert isinstance(trajectory, Trajectory)
    said("second integrator", 2)
    explicit = trajectory.integrator.solver != "Kvaerno5"
    drifts = {str(q): q.drift(trajectory) for q in quantities}
    checks = {"conserved": _graded("conserved", float(np.max(list(drifts.values()))), explicit)} if drifts else {}
    if instance.form is not None:
        checks["identities"] = _identities(instance.form)
    if instance.compared is not None:
        checks["closed_form"] = _graded("closed_form", instance.compared(trajectory))
    second = instance.flow.check(trajectory)
    checks["second_integrator"] = _graded("second_integrator", second.difference) | {"method": second.method}
    return Report(model.name, trajectory, drifts, checks, perf_counter() - start)


def _parts(progress: Progress | None) -> Callable[[str, int], object]:
    return lambda name, done: progress(name, done, 3) if progress else None


def _graded(name: str, value: float, graded: bool = True) -> dict[str, Any]:
    return {"value": value, "limit": LIMITS[name], "holds": value <= LIMITS[name] if graded else None}


def _identities(form: Solved) -> dict[str, Any]:
    try:
        form.check()
    except Rejected as fault:
        return {"value": str(fault), "limit": "exact", "holds": False}
    return {"value": len(list(form.residuals())), "limit": "exact", "holds": True}
