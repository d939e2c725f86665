"""The parts of a generated training put together to one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.folding import folded
from dlspec.backends.python.globals import global_names
from dlspec.backends.python.helper import Helper
from dlspec.backends.python.plan import Plan
from dlspec.backends.python.text import Part


def document(plan: Plan, needs: str, parts: Sequence[Part], render_prelude: Callable[[frozenset[str]], str]) -> str:
    """The source: a docstring, the prelude for the names that the parts use, and the parts. `needs` names packages."""
    body = "\n\n\n".join("\n".join(folded(part.lines)) for part in parts if part.lines)
    used = global_names(body) | frozenset().union(*(part.names for part in parts))
    about = "\n".join(docstring(_about(plan, needs), 0))
    prelude = render_prelude(used).strip()
    # Formatters want two empty lines after a function, one after imports.
    gap = "\n\n\n" if prelude.splitlines()[-1].startswith(" ") else "\n\n"
    return f"{about}\n\n{prelude}{gap}{body}\n"


def _about(plan: Plan, needs: str) -> str:
    names = " and ".join(f"'{model.name}'" for model in plan.models)
    label = "" if plan.train.label in {model.name for model in plan.models} else f" as '{plan.train.label}'"
    doc = f"\n\n{plan.train.doc}" if plan.train.doc else ""
    use = f"It needs {needs} alone: `fit(build(), fields)`."
    return f"Training of {names}{label}, written by dlspec.{doc}\n\n{use}"


def settings_lines(plan: Plan) -> list[str]:
    """The constants of the file."""
    lines = [f"EPOCHS = {plan.epochs}", f"BATCH = {plan.batch}", f"SEED = {plan.seed}"]
    if plan.accumulate > 1:
        lines.append(f"ACCUMULATE = {plan.accumulate}  # batches of an update")
    if plan.truncation:
        lines.append(f"TIME = {plan.truncation.length}  # steps in time of a chunk")
    return lines


def helper_parts(helpers: Mapping[str, Helper], parts: Sequence[Part]) -> list[Part]:
    """The helpers that the parts use, and those that these use, in the order in which they are declared."""
    wanted = set(global_names("\n\n".join("\n".join(part.lines) for part in parts)))
    for name in reversed(list(helpers)):
        if name in wanted:
            wanted.update(helpers[name].uses)
    return [Part(helper.source.strip("\n").split("\n")) for name, helper in helpers.items() if name in wanted]
